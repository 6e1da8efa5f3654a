//! The contract, on files and on a mail server.

use std::{collections::HashSet, sync::Arc};

use chrono::DateTime;
use kino_engine::mail::{Letter, MailError};

use super::{Post, letter, standing_time};

macro_rules! on_every_mail {
    ($($name:ident),+ $(,)?) => {
        mod file {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name(super::Post::files()).await;
                }
            )+
        }
        mod smtp {
            $(
                #[tokio::test]
                async fn $name() {
                    if let Some(post) = super::Post::server().await {
                        super::$name(post).await;
                    }
                }
            )+
        }
    };
}

on_every_mail!(
    a_letter_arrives_as_it_was_written,
    any_text_arrives,
    any_subject_arrives,
    any_good_address_is_written_to,
    what_would_forge_a_letter_is_refused,
    letters_arrive_in_the_order_of_sending,
    many_at_once_arrive_once_each,
);

async fn a_letter_arrives_as_it_was_written(post: Post) {
    post.mail.ping().await.unwrap();
    assert!(post.letters().is_empty());
    let written = Letter {
        to: "anna@example.org".into(),
        subject: "Подтвердите адрес 🎬".into(),
        text: "Здравствуйте!\n\nhttps://cinema.example/verify?token=a=b&c=d\n".into(),
        html: Some("<p>Здравствуйте!</p>\n".into()),
        unsubscribe: Some("https://cinema.example/unsubscribe?who=анна".into()),
    };
    post.mail.send(&written).await.unwrap();
    post.mail.send(&letter("anna@example.org", "plain")).await.unwrap();

    let [first, second] = &post.letters()[..] else { panic!("two letters") };
    assert_eq!((first.from_name.as_str(), first.from.as_str()), ("Киносервис", "no-reply@cinema.example"));
    assert_eq!((&first.to, &first.subject), (&written.to, &written.subject));
    assert_eq!(first.text.trim_end(), written.text.trim_end());
    assert_eq!(first.html.as_deref().map(str::trim_end), Some("<p>Здравствуйте!</p>"));
    assert_eq!(first.header("Auto-Submitted"), "auto-generated");
    let date = DateTime::parse_from_rfc2822(&first.header("Date")).unwrap();
    assert_eq!(date.timestamp(), standing_time().timestamp());
    let link = "<https://cinema.example/unsubscribe?who=%D0%B0%D0%BD%D0%BD%D0%B0>";
    assert_eq!(first.header("List-Unsubscribe"), link);
    assert_eq!(first.header("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");

    assert_eq!(second.html, None);
    assert_eq!(second.header("List-Unsubscribe"), "");
    let id = second.header("Message-ID");
    assert!(id.starts_with('<') && id.ends_with("@cinema.example>"), "{id}");
    assert_ne!(id, first.header("Message-ID"));
}

async fn any_text_arrives(post: Post) {
    let long = "длинная строка ".repeat(400) + "." + &"x".repeat(3000);
    let texts = [
        ".",
        "..\n.\n...\nafter the dots",
        "\n.\nMAIL FROM:<x@example.org>",
        "a\r\n.\r\nb",
        "a\r.\rb",
        "a\n.\r\nb",
        "From the start\nFrom: x@example.org\n\nSubject: y",
        "--\n--0\n=20=\n= trailing \t",
        "\0 \u{1b}[31m \u{feff}é e\u{301} 𝄞",
        &long,
    ];
    for text in texts {
        let written =
            Letter { text: text.into(), html: Some(text.into()), ..letter("anna@example.org", "text") };
        post.mail.send(&written).await.unwrap();
    }
    let letters = post.letters();
    assert_eq!(letters.len(), texts.len());
    // How a line ends is the mail's own business.
    let lines = |text: &str| text.replace("\r\n", "\n").replace('\r', "\n").trim_end().to_owned();
    for (letter, text) in letters.iter().zip(texts) {
        assert_eq!(lines(&letter.text), lines(text));
        assert_eq!(letter.html.as_deref().map(lines), Some(lines(text)));
        assert!(letter.raw().lines().all(|line| line.len() <= 998), "lines are not longer than mail allows");
    }
}

async fn any_subject_arrives(post: Post) {
    let long = "Очень длинная тема ".repeat(30);
    let subjects = ["", "Plain", "Тема", "Mixed смесь: 100% = ?", "\"<>,;\" \\", "a: b", "🎬🎬", long.trim()];
    for subject in subjects {
        post.mail.send(&letter("anna@example.org", subject)).await.unwrap();
    }
    let arrived: Vec<_> = post.letters().into_iter().map(|letter| letter.subject).collect();
    assert_eq!(arrived, subjects);
}

async fn any_good_address_is_written_to(post: Post) {
    for (to, arrives_at) in [
        ("a.b+films@example.org", "a.b+films@example.org"),
        ("o'hara_{x}@example.org", "o'hara_{x}@example.org"),
        ("anna@кино.рф", "anna@xn--h1adke.xn--p1ai"),
        ("анна@example.org", "анна@example.org"),
    ] {
        post.mail.send(&letter(to, "hello")).await.unwrap();
        let arrived = post.letters().pop().unwrap();
        assert_eq!(arrived.to, arrives_at);
    }
}

async fn what_would_forge_a_letter_is_refused(post: Post) {
    let good = letter("anna@example.org", "hello");
    let tos = [
        "",
        "anna",
        "anna@",
        "anna@example.org\r\nBcc: boris@example.org",
        "anna@example.org\n",
        "anna@example.org>\r\nRCPT TO:<boris@example.org",
        "anna@example.org, boris@example.org",
        "Anna <anna@example.org>",
        "\"a\r\nb\"@example.org",
        "anna@exa\0mple.org",
    ];
    let forged = tos.map(|to| Letter { to: to.into(), ..good.clone() });
    let subjects = ["a\r\nBcc: boris@example.org", "a\nb", "a\rb", "a\0b", "a\u{85}b"];
    let forged =
        forged.into_iter().chain(subjects.map(|subject| Letter { subject: subject.into(), ..good.clone() }));
    let no_link = Letter { unsubscribe: Some("not a link\r\nBcc: boris@example.org".into()), ..good.clone() };
    for letter in forged.chain([no_link]) {
        let error = post.mail.send(&letter).await.unwrap_err();
        assert!(matches!(error, MailError::Refused(_)), "{error}: {letter:?}");
    }
    assert!(post.letters().is_empty());

    let link = Letter { unsubscribe: Some("https://cinema.example/\r\nBcc:%20boris".into()), ..good };
    post.mail.send(&link).await.unwrap();
    assert!(
        !post.letters()[0].raw().contains("\nBcc"),
        "line breaks in a URL are no line breaks in a letter"
    );
}

async fn letters_arrive_in_the_order_of_sending(post: Post) {
    let subjects: Vec<_> = (0..20).map(|n| n.to_string()).collect();
    for subject in &subjects {
        post.mail.send(&letter("anna@example.org", subject)).await.unwrap();
    }
    let arrived: Vec<_> = post.letters().into_iter().map(|letter| letter.subject).collect();
    assert_eq!(arrived, subjects, "though the clock stands still");
}

async fn many_at_once_arrive_once_each(post: Post) {
    let sending = (0..50).map(|n| {
        let mail = Arc::clone(&post.mail);
        tokio::spawn(async move { mail.send(&letter(&format!("a{n}@example.org"), &n.to_string())).await })
    });
    let sending: Vec<_> = sending.collect();
    for sent in sending {
        sent.await.unwrap().unwrap();
    }
    let letters = post.letters();
    assert_eq!(letters.len(), 50);
    let arrived: HashSet<_> = letters.into_iter().map(|letter| (letter.to, letter.subject)).collect();
    assert_eq!(arrived, (0..50).map(|n| (format!("a{n}@example.org"), n.to_string())).collect());
}
