//! Letters as those who get them read them.

use std::{ffi::OsStr, fs, path::Path};

use mail_parser::{Addr, Address, Message, MessageParser, MimeHeaders as _};

/// A letter that arrived, decoded.
#[derive(Clone, Debug)]
pub struct ReceivedLetter {
    /// The address it is from.
    pub from: String,
    /// The name of whom it is from; empty where there is none.
    pub from_name: String,
    /// The address it is for.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The text; lines end with `\n`.
    pub text: String,
    /// The page, where there is one.
    pub html: Option<String>,
    raw: Vec<u8>,
}

/// The letters of a folder of `.eml` files, in the order of their names.
///
/// # Panics
/// When one of them is no letter.
pub fn letters(folder: &Path) -> Vec<ReceivedLetter> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten().map(|file| file.path());
    let mut files: Vec<_> = files.filter(|file| file.extension() == Some(OsStr::new("eml"))).collect();
    files.sort();
    files.iter().map(|file| ReceivedLetter::of(fs::read(file).expect("a file that can be read"))).collect()
}

impl ReceivedLetter {
    fn of(raw: Vec<u8>) -> Self {
        let message = parsed(&raw);
        let (from, to) = (one(message.from()), one(message.to()));
        let has_page = message.content_type().is_some_and(|kind| kind.c_type == "multipart");
        let lines = |text: &str| text.replace("\r\n", "\n");
        Self {
            from: from.address().expect("an address").to_owned(),
            from_name: from.name().unwrap_or_default().to_owned(),
            to: to.address().expect("an address").to_owned(),
            subject: message.subject().unwrap_or_default().to_owned(),
            text: lines(&message.body_text(0).unwrap_or_default()),
            html: message.body_html(0).filter(|_| has_page).map(|html| lines(&html)),
            raw,
        }
    }

    /// A header as it stands in the letter; empty where it is not there.
    pub fn header(&self, name: &str) -> String {
        parsed(&self.raw).header_raw(name.to_owned()).unwrap_or_default().trim().to_owned()
    }

    /// The letter as it came.
    pub fn raw(&self) -> String {
        String::from_utf8_lossy(&self.raw).into_owned()
    }
}

fn parsed(raw: &[u8]) -> Message<'_> {
    MessageParser::default().parse(raw).expect("a letter")
}

fn one<'a>(addresses: Option<&'a Address<'a>>) -> &'a Addr<'a> {
    addresses.and_then(Address::first).expect("one address")
}
