//! Names of the countries that most films come from, those that are no more included.

use kino_domain::Language;

/// (ISO 3166 code, in Russian, in English), by code.
const COUNTRIES: &[(&str, &str, &str)] = &[
    ("AE", "ОАЭ", "United Arab Emirates"),
    ("AM", "Армения", "Armenia"),
    ("AR", "Аргентина", "Argentina"),
    ("AT", "Австрия", "Austria"),
    ("AU", "Австралия", "Australia"),
    ("AZ", "Азербайджан", "Azerbaijan"),
    ("BE", "Бельгия", "Belgium"),
    ("BG", "Болгария", "Bulgaria"),
    ("BR", "Бразилия", "Brazil"),
    ("BY", "Беларусь", "Belarus"),
    ("CA", "Канада", "Canada"),
    ("CH", "Швейцария", "Switzerland"),
    ("CL", "Чили", "Chile"),
    ("CN", "Китай", "China"),
    ("CO", "Колумбия", "Colombia"),
    ("CS", "Чехословакия", "Czechoslovakia"),
    ("CU", "Куба", "Cuba"),
    ("CZ", "Чехия", "Czechia"),
    ("DD", "ГДР", "East Germany"),
    ("DE", "Германия", "Germany"),
    ("DK", "Дания", "Denmark"),
    ("DZ", "Алжир", "Algeria"),
    ("EE", "Эстония", "Estonia"),
    ("EG", "Египет", "Egypt"),
    ("ES", "Испания", "Spain"),
    ("FI", "Финляндия", "Finland"),
    ("FR", "Франция", "France"),
    ("GB", "Великобритания", "United Kingdom"),
    ("GE", "Грузия", "Georgia"),
    ("GR", "Греция", "Greece"),
    ("HK", "Гонконг", "Hong Kong"),
    ("HR", "Хорватия", "Croatia"),
    ("HU", "Венгрия", "Hungary"),
    ("ID", "Индонезия", "Indonesia"),
    ("IE", "Ирландия", "Ireland"),
    ("IL", "Израиль", "Israel"),
    ("IN", "Индия", "India"),
    ("IR", "Иран", "Iran"),
    ("IS", "Исландия", "Iceland"),
    ("IT", "Италия", "Italy"),
    ("JP", "Япония", "Japan"),
    ("KR", "Южная Корея", "South Korea"),
    ("KZ", "Казахстан", "Kazakhstan"),
    ("LT", "Литва", "Lithuania"),
    ("LU", "Люксембург", "Luxembourg"),
    ("LV", "Латвия", "Latvia"),
    ("MA", "Марокко", "Morocco"),
    ("MX", "Мексика", "Mexico"),
    ("NL", "Нидерланды", "Netherlands"),
    ("NO", "Норвегия", "Norway"),
    ("NZ", "Новая Зеландия", "New Zealand"),
    ("PE", "Перу", "Peru"),
    ("PL", "Польша", "Poland"),
    ("PT", "Португалия", "Portugal"),
    ("RO", "Румыния", "Romania"),
    ("RS", "Сербия", "Serbia"),
    ("RU", "Россия", "Russia"),
    ("SE", "Швеция", "Sweden"),
    ("SG", "Сингапур", "Singapore"),
    ("SI", "Словения", "Slovenia"),
    ("SK", "Словакия", "Slovakia"),
    ("SU", "СССР", "Soviet Union"),
    ("TH", "Таиланд", "Thailand"),
    ("TN", "Тунис", "Tunisia"),
    ("TR", "Турция", "Turkey"),
    ("TW", "Тайвань", "Taiwan"),
    ("UA", "Украина", "Ukraine"),
    ("US", "США", "United States"),
    ("UY", "Уругвай", "Uruguay"),
    ("UZ", "Узбекистан", "Uzbekistan"),
    ("VN", "Вьетнам", "Vietnam"),
    ("YU", "Югославия", "Yugoslavia"),
    ("ZA", "ЮАР", "South Africa"),
];

/// The country's name; its code where the name is not known.
pub(crate) fn name(code: &str, language: Language) -> &str {
    let Ok(place) = COUNTRIES.binary_search_by_key(&code, |(code, ..)| code) else { return code };
    let (_, ru, en) = COUNTRIES[place];
    match language {
        Language::Ru => ru,
        Language::En => en,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_are_found_and_the_rest_keep_their_code() {
        assert!(COUNTRIES.is_sorted_by_key(|(code, ..)| code));
        assert_eq!(name("SU", Language::Ru), "СССР");
        assert_eq!(name("SU", Language::En), "Soviet Union");
        assert_eq!(name("US", Language::Ru), "США");
        assert_eq!(name("XX", Language::Ru), "XX");
    }
}
