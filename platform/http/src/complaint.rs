//! What a parser says about a value, for Russian readers: it speaks English alone.

/// The complaint in Russian, as far as it says more than that the value cannot be.
pub(crate) fn in_russian(complaint: &str) -> String {
    said(complaint).unwrap_or_else(|| "Недопустимое значение.".to_owned())
}

fn said(complaint: &str) -> Option<String> {
    if complaint.starts_with("unknown variant") {
        // The value that is quoted may be anything; what was expected stands behind it. Every second part stands between backticks.
        let (_, expected) = complaint.rsplit_once(", expected ")?;
        let values: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
        return (!values.is_empty())
            .then(|| format!("Недопустимое значение; допустимы: {}.", values.join(", ")));
    }
    if complaint.starts_with("duplicate field") {
        return Some("Поле указано дважды.".to_owned());
    }
    if complaint.starts_with("UUID parsing failed") {
        return Some("Недопустимое значение: ожидается UUID.".to_owned());
    }
    if complaint.starts_with("invalid digit found in string") {
        return Some("Недопустимое значение: ожидается целое число.".to_owned());
    }
    let (wrong, expected) = complaint.rsplit_once(", expected ")?;
    let expected = kind(expected)?;
    if wrong.starts_with("invalid type") {
        return Some(format!("Значение другого типа: ожидается {expected}."));
    }
    wrong.starts_with("invalid value").then(|| format!("Недопустимое значение: ожидается {expected}."))
}

/// What was expected, as serde names it.
fn kind(expected: &str) -> Option<&'static str> {
    Some(match expected {
        "a string" | "a borrowed string" | "a character" => "строка",
        "a boolean" => "true или false",
        "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "usize" => "целое число",
        "f32" | "f64" => "число",
        "a sequence" => "список",
        "a map" => "объект",
        _ if expected.starts_with("struct ") => "объект",
        _ if expected.contains("ISO 8601") || expected.contains("RFC 3339") => "дата и время по ISO 8601",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, de::DeserializeOwned};

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "UPPERCASE")]
    enum Level {
        Free,
        Paid,
    }

    #[derive(Debug, Deserialize)]
    struct Whole {
        #[expect(dead_code, reason = "only read")]
        year: i32,
    }

    fn of<T: DeserializeOwned + std::fmt::Debug>(json: &str) -> String {
        let complaint = serde_json::from_str::<T>(json).unwrap_err().to_string();
        in_russian(complaint.split(" at line ").next().unwrap())
    }

    #[test]
    fn what_was_expected_is_said() {
        assert_eq!(of::<Level>(r#""free""#), "Недопустимое значение; допустимы: FREE, PAID.");
        assert_eq!(of::<i32>(r#""x""#), "Значение другого типа: ожидается целое число.");
        assert_eq!(of::<u8>("-1"), "Недопустимое значение: ожидается целое число.");
        assert_eq!(of::<String>("1"), "Значение другого типа: ожидается строка.");
        assert_eq!(of::<Vec<i32>>("true"), "Значение другого типа: ожидается список.");
        assert_eq!(of::<bool>("1"), "Значение другого типа: ожидается true или false.");
        assert_eq!(of::<f64>("[]"), "Значение другого типа: ожидается число.");
        assert_eq!(of::<Whole>("7"), "Значение другого типа: ожидается объект.");
        assert_eq!(of::<Whole>(r#"{"year": 1, "year": 2}"#), "Поле указано дважды.");
        assert_eq!(of::<uuid::Uuid>(r#""drama""#), "Недопустимое значение: ожидается UUID.");
        assert_eq!(
            in_russian("invalid digit found in string"),
            "Недопустимое значение: ожидается целое число."
        );
        // The value itself says nothing.
        assert_eq!(of::<i32>(r#""UUID, expected `x`""#), "Значение другого типа: ожидается целое число.");
        assert_eq!(of::<Level>(r#""a`, expected `b`""#), "Недопустимое значение; допустимы: FREE, PAID.");
        assert_eq!(in_russian("whatever else"), "Недопустимое значение.");
    }
}
