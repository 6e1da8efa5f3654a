//! Mail of a whole platform: by default letters are kept in the data folder.

use kino_domain::Entropy;
use kino_engine::mail::Letter;
use kino_testkit::TestDatabase;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn letters_are_kept_in_the_data_folder_and_read_one_by_one() {
    let app = TestApp::start(TestDatabase::sqlite()).await;
    assert!(app.letters().is_empty());
    let mail = app.settings.open_mail(app.clock.clone(), Entropy::system()).unwrap();
    for (to, subject) in [("anna", "first"), ("boris", "second"), ("anna", "third")] {
        let to = format!("{to}@example.org");
        let letter =
            Letter { to, subject: subject.into(), text: "Привет!".into(), ..Letter::default() };
        mail.send(&letter).await.unwrap();
    }
    let all: Vec<_> = app.letters().into_iter().map(|letter| letter.subject).collect();
    assert_eq!(all, ["first", "second", "third"]);
    let letter = app.letter_to("anna@example.org").await;
    assert_eq!((letter.subject.as_str(), letter.text.trim_end()), ("first", "Привет!"));
    assert_eq!(letter.from, "no-reply@localhost");
    assert_eq!(app.letter_to("anna@example.org").await.subject, "third");
    assert_eq!(app.letter_to("boris@example.org").await.subject, "second");
    app.stop().await;
}
