//! Extractors that refuse the way the house refuses: 415, 400 for what cannot be read, 422 with the field named for
//! what is wrong.

use axum::{
    extract::{FromRequest, FromRequestParts, OptionalFromRequest, Request, rejection::BytesRejection},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header, request::Parts};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::error::Category;

use crate::{FieldError, Problem, complaint::in_russian};

/// So much of what the parser says about a value is told, in characters.
const LONGEST_COMPLAINT: usize = 200;

/// A JSON body, which is an object; as a response, any JSON.
#[derive(Clone, Copy, Debug, Default)]
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(unsupported_media_type());
        }
        let body = Bytes::from_request(request, state).await.map_err(|error| unread(&error))?;
        parse(&body).map(Self)
    }
}

/// For a body that may be left out.
impl<S: Send + Sync, T: DeserializeOwned> OptionalFromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, Problem> {
        let is_json = is_json(request.headers());
        let is_typed = request.headers().contains_key(header::CONTENT_TYPE);
        let body = Bytes::from_request(request, state).await.map_err(|error| unread(&error))?;
        if body.is_empty() && (is_json || !is_typed) {
            // Some clients name the type whether or not there is a body.
            Ok(None)
        } else if is_json {
            parse(&body).map(|body| Some(Self(body)))
        } else {
            Err(unsupported_media_type())
        }
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

fn unsupported_media_type() -> Problem {
    Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
        "Тело запроса должно быть в JSON: Content-Type: application/json.",
        "The body must be JSON: Content-Type: application/json.",
    )
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

fn unread(error: &BytesRejection) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            "Тело запроса слишком велико.",
            "The body is too large.",
        );
    }
    Problem::malformed(
        "body_interrupted",
        "Тело запроса оборвалось; отправьте его ещё раз.",
        "The body broke off; send it again.",
    )
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    // Serde would take a list for a struct, its entries for the fields in their order.
    if body.trim_ascii_start().starts_with(b"[") && is_well_formed(body) {
        return Err(Problem::invalid(vec![no_object()]));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        match error.inner().classify() {
            // The complaint may come before the place where the text stops being JSON.
            Category::Data if is_well_formed(body) => {
                Problem::invalid(vec![wrong_field(&path, &error.inner().to_string())])
            }
            _ => malformed_json(error.inner()),
        }
    })?;
    deserializer.end().map_err(|error| malformed_json(&error))?;
    Ok(value)
}

/// Reads what came as a part of a body, and refuses it as a body is refused. Fields are named from that part on.
pub fn read_value<T: DeserializeOwned>(value: serde_json::Value) -> Result<T, Problem> {
    if value.is_array() {
        return Err(Problem::invalid(vec![no_object()]));
    }
    serde_path_to_error::deserialize(value).map_err(|error| {
        Problem::invalid(vec![wrong_field(&error.path().to_string(), &error.inner().to_string())])
    })
}

fn is_well_formed(body: &[u8]) -> bool {
    std::str::from_utf8(body).is_ok_and(|body| serde_json::from_str::<serde::de::IgnoredAny>(body).is_ok())
}

fn no_object() -> FieldError {
    let (ru, en) = ("Нужен объект, а не список.", "An object is needed, not a list.");
    FieldError::new("", "invalid", ru, en)
}

fn malformed_json(error: &serde_json::Error) -> Problem {
    let (line, column) = (error.line(), error.column());
    Problem::malformed(
        "malformed_json",
        format!("Тело запроса — не JSON: ошибка в строке {line}, столбце {column}."),
        format!("The body is not JSON: an error at line {line}, column {column}."),
    )
}

/// Names the field that a deserializer complained about.
fn wrong_field(path: &str, complaint: &str) -> FieldError {
    // "at line 1 column 2" points into JSON, the field's name says it better.
    let complaint = complaint.split(" at line ").next().unwrap_or(complaint);
    if let Some(missing) = complaint.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        let field = if path == "." { missing.to_owned() } else { format!("{path}.{missing}") };
        return FieldError::new(field, "required", "Обязательное поле.", "This field is required.");
    }
    let field = if path == "." { "" } else { path };
    let russian = in_russian(complaint);
    // It may quote the value, however long that is.
    let complaint: String = complaint.chars().take(LONGEST_COMPLAINT).collect();
    FieldError::new(field, "invalid", russian, format!("Not a possible value: {complaint}."))
}

/// The query string. A name may repeat: a `Vec` takes them all.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        let deserializer = serde_html_form::Deserializer::from_bytes(query.as_bytes());
        serde_path_to_error::deserialize(deserializer).map(Self).map_err(|error| {
            Problem::invalid(vec![wrong_field(&error.path().to_string(), &error.inner().to_string())])
        })
    }
}

/// The parts of the path. One that cannot be what it should be (no UUID, say) names nothing: 404.
#[derive(Clone, Copy, Debug)]
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let axum::extract::Path(value) = axum::extract::Path::from_request_parts(parts, state)
            .await
            .map_err(|_| Problem::not_found("not_found", "Здесь ничего нет.", "There is nothing here."))?;
        Ok(Self(value))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Film {
        #[expect(dead_code, reason = "only its reading is tested")]
        title: String,
        #[expect(dead_code, reason = "only its reading is tested")]
        year: Option<u16>,
    }

    fn told(body: &str) -> (u16, String) {
        let problem = parse::<Film>(body.as_bytes()).unwrap_err();
        let response = problem.render(kino_domain::Language::En, "r");
        (response.status().as_u16(), format!("{problem:?}"))
    }

    #[test]
    fn json_that_cannot_be_read_is_400_and_wrong_fields_are_422_with_their_names() {
        for body in ["", "{", "{\"title\":\"x\"} trailing", "\u{0}", "[[[["] {
            assert_eq!(told(body).0, 400, "{body:?}");
        }
        assert_eq!(parse::<Film>(b"{\"title\":\"\xff\"}").unwrap_err().code(), "malformed_json");
        for (body, field, code) in [
            ("{}", "title", "required"),
            ("{\"title\":1}", "title", "invalid"),
            (" [\"x\", 7]", "", "invalid"),
            ("{\"title\":\"x\",\"year\":-1}", "year", "invalid"),
            ("{\"title\":\"x\",\"year\":70000}", "year", "invalid"),
        ] {
            let (status, problem) = told(body);
            assert_eq!(status, 422, "{body}");
            assert!(problem.contains(&format!("field: \"{field}\", code: \"{code}\"")), "{problem}");
        }
        assert!(parse::<Film>(b"{\"title\":\"x\"}").is_ok());
    }

    #[test]
    fn a_part_of_a_body_is_refused_alike_and_a_long_value_is_not_quoted_back() {
        let problem =
            read_value::<Film>(serde_json::json!({"title": "x", "year": "y".repeat(9000)})).unwrap_err();
        let told = format!("{problem:?}");
        assert!(told.contains("field: \"year\", code: \"invalid\"") && told.len() < 1000, "{told}");
        assert!(read_value::<Film>(serde_json::json!({"title": "x"})).is_ok());
    }
}
