//! What a `User-Agent` tells of a device: enough for its owner to know it again.

/// The kind of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DeviceType {
    Desktop,
    Mobile,
    Tablet,
    Tv,
    /// Programs, and what is not known.
    Other,
}

impl DeviceType {
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Desktop => "desktop",
            Self::Mobile => "mobile",
            Self::Tablet => "tablet",
            Self::Tv => "tv",
            Self::Other => "other",
        }
    }

    pub(crate) fn of_code(code: &str) -> Self {
        [Self::Desktop, Self::Mobile, Self::Tablet, Self::Tv]
            .into_iter()
            .find(|kind| kind.code() == code)
            .unwrap_or(Self::Other)
    }

    /// The kind that a `User-Agent` names.
    pub(crate) fn of(user_agent: &str) -> Self {
        let names = |words: &[&str]| words.iter().any(|word| user_agent.contains(word));
        if names(&[
            "SmartTV",
            "SMART-TV",
            "Tizen",
            "Web0S",
            "webOS.TV",
            "AppleTV",
            "Android TV",
            "BRAVIA",
            "CrKey",
            "Roku",
        ]) {
            Self::Tv
        } else if names(&["iPad", "Tablet"]) || (names(&["Android"]) && !names(&["Mobile"])) {
            Self::Tablet
        } else if names(&["Mobile", "iPhone", "Android"]) {
            Self::Mobile
        } else if names(&["Windows NT", "Macintosh", "X11", "CrOS", "Linux x86_64"]) {
            Self::Desktop
        } else {
            Self::Other
        }
    }
}

/// The text without its version numbers: a browser that was updated is the same device.
pub(crate) fn without_versions(user_agent: &str) -> String {
    user_agent.chars().filter(|c| !c.is_ascii_digit() && *c != '.' && *c != '_').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_devices_are_known() {
        for (user_agent, kind) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36",
                DeviceType::Desktop,
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 Version/17.5 Safari/605.1.15",
                DeviceType::Desktop,
            ),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", DeviceType::Desktop),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1",
                DeviceType::Mobile,
            ),
            (
                "Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/140.0 Mobile Safari/537.36",
                DeviceType::Mobile,
            ),
            ("Mozilla/5.0 (Linux; Android 14; SM-X710) Chrome/140.0 Safari/537.36", DeviceType::Tablet),
            ("Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) Version/17.0 Mobile/15E148", DeviceType::Tablet),
            ("Mozilla/5.0 (SMART-TV; LINUX; Tizen 7.0) AppleWebKit/537.36 TV Safari/537.36", DeviceType::Tv),
            ("curl/8.5.0", DeviceType::Other),
            ("", DeviceType::Other),
        ] {
            assert_eq!(DeviceType::of(user_agent), kind, "{user_agent}");
            assert_eq!(DeviceType::of_code(kind.code()), kind);
        }
    }

    #[test]
    fn an_update_makes_no_other_device() {
        let of = |version: &str| without_versions(&format!("Mozilla/5.0 (X11; Linux) Firefox/{version}"));
        assert_eq!(of("140.0"), of("141.0.2"));
        assert_ne!(of("140.0"), without_versions("Mozilla/5.0 (X11; Linux) Chrome/140.0"));
    }
}
