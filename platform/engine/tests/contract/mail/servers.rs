//! What is so of a mail server: it refuses, it wants a password and encryption, it goes away.

use std::time::{Duration, Instant};

use kino_engine::mail::MailError;
use kino_testkit::{Encryption, MailServer, free_port};
use tokio::net::TcpListener;

use super::{Post, letter, open};

#[tokio::test]
async fn a_refused_recipient_is_told_apart_from_one_to_try_again() {
    let Some(post) = Post::server().await else { return };
    let refused = post.mail.send(&letter("nobody@example.org", "hello")).await.unwrap_err();
    assert!(matches!(&refused, MailError::Refused(why) if why.contains("no such mailbox")), "{refused}");
    let later = post.mail.send(&letter("full@example.org", "hello")).await.unwrap_err();
    assert!(matches!(&later, MailError::Later(why) if why.contains("the mailbox is full")), "{later}");
    post.mail.send(&letter("anna@example.org", "hello")).await.unwrap();
    let letters = post.letters();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].header("Delivered-To"), "anna@example.org", "what was refused before is forgotten");
    assert_eq!(letters[0].header("Return-Path"), "<no-reply@cinema.example>");
}

#[tokio::test]
async fn a_server_that_is_down_is_tried_again_later() {
    let port = free_port().unwrap();
    let mail = open(&format!("smtp://127.0.0.1:{port}"));
    let later = mail.send(&letter("anna@example.org", "hello")).await.unwrap_err();
    assert!(matches!(later, MailError::Later(_)), "{later}");
    assert!(mail.ping().await.is_err());

    let Some(server) = MailServer::start_again(port).await else { return };
    mail.ping().await.unwrap();
    mail.send(&letter("anna@example.org", "before")).await.unwrap();
    drop(server);
    assert!(mail.ping().await.is_err(), "a connection from before proves nothing");

    let server = MailServer::start_again(port).await.unwrap();
    mail.send(&letter("anna@example.org", "after")).await.unwrap();
    assert_eq!(server.letters().len(), 1);
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up_in_time() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mail = open(&format!("smtp://{}", silent.local_addr().unwrap()));
    let began = Instant::now();
    let later = mail.send(&letter("anna@example.org", "hello")).await.unwrap_err();
    assert!(matches!(&later, MailError::Later(why) if why.contains("no answer within 10s")), "{later}");
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_password_opens_the_server_and_a_wrong_one_is_not_the_letters_fault() {
    let Some(server) = MailServer::start(Encryption::None).await else { return };
    let port = server.port();
    let mail = open(&format!("smtp://kino:p%40ss%2Fword@127.0.0.1:{port}"));
    mail.ping().await.unwrap();
    mail.send(&letter("anna@example.org", "hello")).await.unwrap();
    assert!(server.letters()[0].header("Received").ends_with("ESMTPA"));

    let mail = open(&format!("smtp://kino:hunter2@127.0.0.1:{port}"));
    let later = mail.send(&letter("anna@example.org", "hello")).await.unwrap_err();
    assert!(matches!(&later, MailError::Later(why) if why.contains("535")), "{later}");
    assert!(mail.ping().await.is_err());
    assert!(!format!("{later} {later:?} {mail:?}").contains("hunter2"));
}

#[tokio::test]
async fn encryption_is_used_where_it_is_offered_and_insisted_on_where_it_is_required() {
    let Some(plain) = MailServer::start(Encryption::None).await else { return };
    let insisting = open(&format!("smtp://127.0.0.1:{}?tls=required", plain.port()));
    let later = insisting.send(&letter("anna@example.org", "hello")).await.unwrap_err();
    assert!(matches!(&later, MailError::Later(why) if why.contains("STARTTLS")), "{later}");
    assert!(plain.letters().is_empty());

    let offering = MailServer::start(Encryption::StartTls).await.unwrap();
    let (port, ca) = (offering.port(), offering.certificate());
    for url in [
        format!("smtp://127.0.0.1:{port}"),
        format!("smtp://localhost:{port}?tls=required&ca={}", ca.display()),
        format!("smtp://kino:p%40ss%2Fword@localhost:{port}?ca={}", ca.display()),
    ] {
        open(&url).send(&letter("anna@example.org", "hello")).await.unwrap();
    }
    let how: Vec<_> = offering.letters().iter().map(|letter| letter.header("Received")).collect();
    assert!(
        how[0].ends_with("ESMTPS") && how[1].ends_with("ESMTPS") && how[2].ends_with("ESMTPSA"),
        "{how:?}"
    );
    let unproven = open(&format!("smtp://127.0.0.1:{port}?tls=required"));
    let later = unproven.send(&letter("anna@example.org", "hello")).await.unwrap_err();
    assert!(matches!(&later, MailError::Later(why) if why.contains("certificate")), "{later}");
    assert_eq!(offering.letters().len(), 3);
}

#[tokio::test]
async fn a_server_that_encrypts_from_the_start_must_prove_itself() {
    let Some(server) = MailServer::start(Encryption::Implicit).await else { return };
    let (port, ca) = (server.port(), server.certificate());
    let mail = open(&format!("smtps://kino:p%40ss%2Fword@127.0.0.1:{port}?ca={}", ca.display()));
    mail.ping().await.unwrap();
    mail.send(&letter("anna@example.org", "hello")).await.unwrap();
    assert!(server.letters()[0].header("Received").ends_with("ESMTPSA"));

    let later = open(&format!("smtps://127.0.0.1:{port}")).ping().await.unwrap_err();
    assert!(later.to_string().contains("certificate"), "{later}");
    assert_eq!(server.letters().len(), 1);
}
