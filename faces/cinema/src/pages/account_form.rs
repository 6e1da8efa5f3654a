//! What signing in and registering share: fields that keep what was typed, and the errors of the accounts beside them.

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use kino_http::ReturnPath;
use url::form_urlencoded;

use super::{Frame, trouble};
use crate::{
    api::{Problem, Trouble, social::Provider},
    policy,
    texts::Texts,
    visit::Visit,
};

/// A form of the page.
#[derive(Template)]
#[template(path = "account_form.html")]
pub(crate) struct AccountForm {
    pub(crate) frame: Frame,
    pub(crate) heading: &'static str,
    pub(crate) text: &'static str,
    pub(crate) action: &'static str,
    pub(crate) next: ReturnPath,
    pub(crate) fields: Vec<Field>,
    pub(crate) button: &'static str,
    /// What is wrong with the form as a whole.
    pub(crate) alert: Option<String>,
    /// Where it may be done with a passkey instead: the address of the script.
    pub(crate) passkey_script: Option<String>,
    /// The other form: (question, address, words).
    pub(crate) other: (&'static str, String, &'static str),
    /// Where else one may sign in.
    pub(crate) providers: Vec<Provider>,
}

/// A field of a form.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) autocomplete: &'static str,
    pub(crate) value: String,
    pub(crate) is_required: bool,
    /// How few and how many characters it takes.
    pub(crate) length: (u16, u16),
    pub(crate) hint: Option<&'static str>,
    /// A way on for who cannot fill it in: (address, words).
    pub(crate) link: Option<(&'static str, &'static str)>,
    /// What there is to choose from, if not everything: (value, words).
    pub(crate) choices: Vec<(&'static str, &'static str)>,
    pub(crate) error: Option<String>,
    /// Where typing begins.
    pub(crate) is_first: bool,
}

impl Field {
    /// A field that must be filled in.
    pub(crate) fn new(name: &'static str, label: &'static str, kind: &'static str, value: &str) -> Self {
        Self {
            name,
            label,
            kind,
            autocomplete: name,
            // A password is typed anew each time: it has no business in a page.
            value: if kind == "password" { String::new() } else { value.to_owned() },
            is_required: true,
            length: (0, 255),
            hint: None,
            link: None,
            choices: Vec::new(),
            error: None,
            is_first: false,
        }
    }

    pub(crate) fn optional(self) -> Self {
        Self { is_required: false, ..self }
    }

    /// What the form carries along unseen.
    pub(crate) fn hidden(name: &'static str, value: &str) -> Self {
        Self::new(name, "", "hidden", value).optional()
    }

    pub(crate) fn with_hint(self, hint: &'static str) -> Self {
        Self { hint: Some(hint), ..self }
    }

    pub(crate) fn with_link(self, href: &'static str, words: &'static str) -> Self {
        Self { link: Some((href, words)), ..self }
    }

    pub(crate) fn one_of(self, choices: Vec<(&'static str, &'static str)>) -> Self {
        Self { choices, ..self }
    }

    pub(crate) fn completed_as(self, autocomplete: &'static str) -> Self {
        Self { autocomplete, ..self }
    }

    pub(crate) fn of_length(self, least: u16, most: u16, hint: &'static str) -> Self {
        Self { length: (least, most), hint: Some(hint), ..self }
    }
}

/// What came of a form that did not do what it should: the status to answer with, the text on top, the rest.
#[derive(Debug)]
pub(crate) struct Setback {
    pub(crate) status: StatusCode,
    pub(crate) retry_after: Option<u64>,
    pub(crate) alert: String,
}

impl Setback {
    /// The form is right, but the page cannot go on.
    pub(crate) fn new(status: StatusCode, alert: &str) -> Self {
        Self { status, retry_after: None, alert: alert.to_owned() }
    }

    /// Puts what the accounts say beside the fields that it is about, and the rest on top.
    pub(crate) fn of(trouble: Trouble, fields: &mut [Field], t: &Texts) -> Self {
        match trouble {
            Trouble::Unavailable { retry_after } => Self {
                status: StatusCode::SERVICE_UNAVAILABLE,
                retry_after: Some(retry_after),
                alert: t.accounts_unavailable.to_owned(),
            },
            Trouble::Refused(problem) => Self {
                status: problem.status,
                retry_after: problem.retry_after,
                alert: place(*problem, fields, t),
            },
        }
    }

    /// A page with this on it, or one that has nothing to say.
    pub(crate) fn answer(setback: Option<&Self>, visit: Visit, page: &impl Template) -> Response {
        let status = setback.map_or(StatusCode::OK, |setback| setback.status);
        let retry_after = setback.and_then(|setback| setback.retry_after);
        trouble::retry_after(visit.page(status, page), retry_after)
    }
}

/// Puts the errors of a problem beside their fields; gives what belongs on top.
fn place(problem: Problem, fields: &mut [Field], t: &Texts) -> String {
    let Problem { code, detail, errors, .. } = problem;
    let taken = match code.as_str() {
        "email_taken" => Some("email"),
        "username_taken" => Some("username"),
        _ => None,
    };
    let told: Vec<(&str, &str)> = match taken {
        Some(field) if errors.is_empty() => vec![(field, detail.as_str())],
        _ => errors.iter().map(|error| (error.field.as_str(), error.message.as_str())).collect(),
    };
    let mut stray = Vec::new();
    for (name, message) in &told {
        match fields.iter_mut().find(|field| field.name == *name) {
            Some(field) => field.error = Some((*message).to_owned()),
            None => stray.push(*message),
        }
    }
    // Typing goes on where something is wrong.
    if let Some(field) = fields.iter_mut().find(|field| field.error.is_some()) {
        field.is_first = true;
    }
    if !stray.is_empty() {
        stray.join(" ")
    } else if !told.is_empty() {
        t.check_fields.to_owned()
    } else if code == "fresh_sign_in_required" {
        t.confirm_password.to_owned()
    } else if detail.is_empty() {
        t.form_refused.to_owned()
    } else {
        detail
    }
}

impl AccountForm {
    /// Where signing in at a provider begins.
    fn door(&self, provider: &Provider) -> String {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("redirect_to", self.next.as_str())
            .finish();
        format!("{}?{query}", provider.login_url)
    }

    /// Answers with the form, empty or as it was sent.
    pub(crate) fn answer(mut self, visit: Visit, setback: Option<Setback>) -> Response {
        // After a wrong password it is typed again; a form not sent yet begins at its top.
        if self.fields.iter().all(|field| !field.is_first) {
            let empty = self.fields.iter_mut().find(|field| field.value.is_empty() && field.is_required);
            if let Some(field) = empty {
                field.is_first = true;
            }
        }
        let (status, retry_after) = match setback {
            None => (StatusCode::OK, None),
            Some(Setback { status, retry_after, alert }) => {
                self.alert = Some(alert);
                (status, retry_after)
            }
        };
        let page = trouble::retry_after(visit.page(status, &self), retry_after);
        if self.passkey_script.is_some() { policy::admit_script(page) } else { page }
    }
}

#[cfg(test)]
mod tests {
    use kino_domain::Language;

    use super::*;
    use crate::api::FieldProblem;

    #[test]
    fn errors_stand_beside_their_fields_and_the_rest_on_top() {
        let t = Texts::of(Language::En);
        let fields =
            || [Field::new("email", t.email, "email", "x"), Field::new("username", t.username, "text", "")];
        let error =
            |field: &str| FieldProblem { field: field.to_owned(), message: format!("{field} is odd") };

        let mut form = fields();
        let problem =
            Problem { errors: vec![error("email")], detail: "see errors".into(), ..Problem::default() };
        assert_eq!(place(problem, &mut form, t), t.check_fields);
        assert_eq!((form[0].error.as_deref(), form[1].error.as_deref()), (Some("email is odd"), None));

        let problem = Problem { errors: vec![error("email"), error("timezone")], ..Problem::default() };
        assert_eq!(place(problem, &mut fields(), t), "timezone is odd");

        let mut form = fields();
        let problem = Problem { code: "username_taken".into(), detail: "taken".into(), ..Problem::default() };
        assert_eq!(place(problem, &mut form, t), t.check_fields);
        assert_eq!(form[1].error.as_deref(), Some("taken"));

        let problem = Problem { detail: "wrong password".into(), ..Problem::default() };
        assert_eq!(place(problem, &mut fields(), t), "wrong password");
        assert_eq!(place(Problem::default(), &mut fields(), t), t.form_refused);
    }

    #[test]
    fn a_password_is_never_written_back() {
        assert_eq!(Field::new("password", "", "password", "secret").value, "");
    }
}
