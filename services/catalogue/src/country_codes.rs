//! Countries by ISO 3166-1 code: imports name them in words.

use kino_domain::{fold, tidy};

/// English names as film databases write them.
const NAMES: [(&str, &str); 66] = [
    ("argentina", "AR"),
    ("australia", "AU"),
    ("austria", "AT"),
    ("belgium", "BE"),
    ("bosnia and herzegovina", "BA"),
    ("brazil", "BR"),
    ("bulgaria", "BG"),
    ("canada", "CA"),
    ("chile", "CL"),
    ("china", "CN"),
    ("colombia", "CO"),
    ("croatia", "HR"),
    ("cuba", "CU"),
    ("czech republic", "CZ"),
    ("czechia", "CZ"),
    ("czechoslovakia", "CS"),
    ("denmark", "DK"),
    ("egypt", "EG"),
    ("estonia", "EE"),
    ("finland", "FI"),
    ("france", "FR"),
    ("georgia", "GE"),
    ("germany", "DE"),
    ("greece", "GR"),
    ("hong kong", "HK"),
    ("hungary", "HU"),
    ("iceland", "IS"),
    ("india", "IN"),
    ("indonesia", "ID"),
    ("iran", "IR"),
    ("ireland", "IE"),
    ("israel", "IL"),
    ("italy", "IT"),
    ("japan", "JP"),
    ("kazakhstan", "KZ"),
    ("latvia", "LV"),
    ("lithuania", "LT"),
    ("luxembourg", "LU"),
    ("mexico", "MX"),
    ("morocco", "MA"),
    ("netherlands", "NL"),
    ("new zealand", "NZ"),
    ("norway", "NO"),
    ("pakistan", "PK"),
    ("peru", "PE"),
    ("philippines", "PH"),
    ("poland", "PL"),
    ("portugal", "PT"),
    ("romania", "RO"),
    ("russia", "RU"),
    ("serbia", "RS"),
    ("singapore", "SG"),
    ("slovakia", "SK"),
    ("slovenia", "SI"),
    ("south africa", "ZA"),
    ("south korea", "KR"),
    ("soviet union", "SU"),
    ("spain", "ES"),
    ("sweden", "SE"),
    ("switzerland", "CH"),
    ("taiwan", "TW"),
    ("thailand", "TH"),
    ("turkey", "TR"),
    ("ukraine", "UA"),
    ("united kingdom", "GB"),
    ("united states of america", "US"),
];

/// The code of a country; what is no known name stays as it is (codes in capitals).
pub(crate) fn code(country: &str) -> String {
    let (tidied, folded) = (tidy(country), fold(country));
    if let Some((_, code)) = NAMES.iter().find(|(name, _)| *name == folded) {
        return (*code).to_owned();
    }
    if tidied.len() == 2 && tidied.is_ascii() { tidied.to_ascii_uppercase() } else { tidied }
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn names_and_codes() {
        assert_eq!(code("United States of America"), "US");
        assert_eq!(code("su"), "SU");
        assert_eq!(code(" Ruritania "), "Ruritania");
    }
}
