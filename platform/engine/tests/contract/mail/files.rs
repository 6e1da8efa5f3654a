//! What is so of letters that are kept as files.

use std::fs;

use kino_engine::mail::MailError;

use super::{Post, letter};

/// The standing time of these tests, a microsecond on: the engine tried the folder out when it was opened.
const NAME_BEGINS: &str = "20261121T120000.123457Z";

#[tokio::test]
async fn letters_are_for_the_owners_eyes() {
    let post = Post::files();
    post.mail.send(&letter("anna@example.org", "hello")).await.unwrap();
    let names: Vec<_> = fs::read_dir(post.folder()).unwrap().map(|file| file.unwrap().file_name()).collect();
    let [name] = &names[..] else { panic!("one file, and nothing unfinished: {names:?}") };
    let name = name.to_str().unwrap();
    assert!(
        name.starts_with(NAME_BEGINS) && name.len() == NAME_BEGINS.len() + "-01234567.eml".len(),
        "{name}"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&post.folder()), mode(&post.folder().join(name))), (0o700, 0o600));
    }
}

#[tokio::test]
async fn without_its_folder_nothing_is_sent_and_the_engine_says_so() {
    let post = Post::files();
    fs::remove_dir(post.folder()).unwrap();
    for error in [
        post.mail.ping().await.unwrap_err(),
        post.mail.send(&letter("anna@example.org", "hello")).await.unwrap_err(),
    ] {
        assert!(matches!(error, MailError::Later(_)), "{error}");
    }
    fs::create_dir(post.folder()).unwrap();
    post.mail.ping().await.unwrap();
    post.mail.send(&letter("anna@example.org", "hello")).await.unwrap();
    assert_eq!(post.letters().len(), 1);
}
