//! What letters say, in Russian and in English.

use askama::Template;
use kino_domain::Language;
use kino_engine::mail::Letter;

use super::Kind;

/// The words of a letter, from top to bottom.
struct Words {
    subject: &'static str,
    lead: &'static str,
    /// On the button, where the letter has a link.
    button: &'static str,
    /// The last word: for how long, and what to do for whom it was not meant.
    note: &'static str,
}

#[derive(Template)]
#[template(path = "letter.html")]
struct Page<'a> {
    language: &'a str,
    words: Words,
    link: Option<&'a str>,
}

/// A letter to an address, with links to `site`.
pub(crate) fn compose(kind: Kind, language: Language, to: String, site: &str, token: Option<&str>) -> Letter {
    let token = token.unwrap_or_default();
    let link = match kind {
        Kind::VerifyEmail => Some(format!("{site}/email/verify?token={token}")),
        Kind::ResetPassword => Some(format!("{site}/password/reset?token={token}")),
        Kind::PasswordChanged => Some(format!("{site}/password/forgot")),
        Kind::EmailChanged => None,
    };
    let words = words(kind, language);
    let subject = words.subject.to_owned();
    let parts = [words.lead, link.as_deref().unwrap_or_default(), words.note, "Kinoservice"];
    let text = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n") + "\n";
    // Without its page a letter can still be read.
    let html = Page { language: language.tag(), words, link: link.as_deref() }.render().ok();
    Letter { to, subject, text, html, unsubscribe: None }
}

const fn words(kind: Kind, language: Language) -> Words {
    match (kind, language) {
        (Kind::VerifyEmail, Language::Ru) => Words {
            subject: "Подтвердите адрес почты",
            lead: "Этот адрес указан в учётной записи Kinoservice. Если она ваша, подтвердите адрес:",
            button: "Подтвердить адрес",
            note: "Ссылка действует сутки и открывается один раз. Если учётная запись не ваша, просто не \
                   открывайте ссылку.",
        },
        (Kind::VerifyEmail, Language::En) => Words {
            subject: "Confirm your e-mail address",
            lead: "This address was given for an account at Kinoservice. If the account is yours, confirm the \
                   address:",
            button: "Confirm the address",
            note: "The link works for a day, once. If the account is not yours, just do not open the link.",
        },
        (Kind::ResetPassword, Language::Ru) => Words {
            subject: "Новый пароль",
            lead: "Для вашей учётной записи Kinoservice попросили новый пароль. Выберите его здесь:",
            button: "Выбрать пароль",
            note: "Ссылка действует полчаса и открывается один раз. Никому её не передавайте. Если просили не вы, \
                   ничего не делайте: пароль останется прежним.",
        },
        (Kind::ResetPassword, Language::En) => Words {
            subject: "A new password",
            lead: "A new password was asked for your account at Kinoservice. Choose it here:",
            button: "Choose a password",
            note: "The link works for half an hour, once. Give it to nobody. If it was not you who asked, do \
                   nothing: the password stays as it is.",
        },
        (Kind::PasswordChanged, Language::Ru) => Words {
            subject: "Пароль изменён",
            lead: "Пароль вашей учётной записи Kinoservice изменён, сеансы на других устройствах завершены. Если \
                   это сделали не вы, сразу выберите новый пароль:",
            button: "Выбрать другой пароль",
            note: "Если это были вы, делать ничего не нужно.",
        },
        (Kind::PasswordChanged, Language::En) => Words {
            subject: "Your password was changed",
            lead: "The password of your account at Kinoservice was changed, and the sessions on other devices have \
                   ended. If it was not you, choose a new password at once:",
            button: "Choose another password",
            note: "If it was you, there is nothing to do.",
        },
        (Kind::EmailChanged, Language::Ru) => Words {
            subject: "Адрес почты изменён",
            lead: "В вашей учётной записи Kinoservice теперь указан другой адрес почты. Письма на этот больше \
                   приходить не будут.",
            button: "",
            note: "Если это сделали не вы, войдите, верните адрес и смените пароль. Если войти не получается, \
                   напишите в поддержку.",
        },
        (Kind::EmailChanged, Language::En) => Words {
            subject: "Your e-mail address was changed",
            lead: "Your account at Kinoservice has another e-mail address now. No more letters will come to this \
                   one.",
            button: "",
            note: "If it was not you, sign in, put the address back and change the password. If you cannot sign in, \
                   write to the support.",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: &str = "https://cinema.example";

    #[test]
    fn every_letter_has_its_words_and_its_link_in_both_forms() {
        for kind in Kind::ALL {
            for language in [Language::Ru, Language::En] {
                let to = "anna@example.org".to_owned();
                let letter = compose(kind, language, to, SITE, kind.purpose().map(|_| "SeCrEt"));
                let page = letter.html.clone().unwrap();
                assert!(!letter.subject.is_empty() && !letter.subject.contains('\n'));
                assert!(!letter.text.contains("  ") && letter.text.lines().count() > 3, "{}", letter.text);
                assert_eq!(letter.text.contains("SeCrEt"), kind.purpose().is_some());
                for line in letter.text.lines().filter(|line| !line.is_empty()) {
                    assert!(page.contains(line), "{line:?} is missing in {page}");
                }
                assert!(page.contains(&format!("lang=\"{}\"", language.tag())));
                assert_eq!(page.contains("href="), letter.text.contains(SITE));
            }
        }
    }

    #[test]
    fn links_lead_to_pages_of_the_site() {
        let text = |kind| compose(kind, Language::En, String::new(), SITE, Some("t")).text;
        assert!(text(Kind::VerifyEmail).contains("\nhttps://cinema.example/email/verify?token=t\n"));
        assert!(text(Kind::ResetPassword).contains("\nhttps://cinema.example/password/reset?token=t\n"));
    }
}
