//! JSON that is written while it is sent: for what may be longer than is good to hold in memory.

use std::io;

use bytes::Bytes;
use kino_engine::database::DbErr;
use serde::Serialize;
use tokio::sync::mpsc;

/// Pieces that wait for a slow reader.
const WAITING: usize = 4;
/// A piece is sent when it is about so long, in bytes.
const PIECE: usize = 32 * 1024;

/// Why the writing ended early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Cut {
    #[error("the reader went away")]
    Gone,
    #[error(transparent)]
    Database(#[from] DbErr),
    #[error(transparent)]
    Unwritable(#[from] serde_json::Error),
}

/// Writes JSON. Commas come by themselves; what is begun must be ended.
#[derive(Debug)]
pub(crate) struct JsonWriter {
    piece: Vec<u8>,
    /// Whether something stands before, at this place, that a comma divides from.
    follows: bool,
    sender: mpsc::Sender<io::Result<Bytes>>,
}

/// A writer, and what it writes, for another task to send.
pub(crate) fn json_stream() -> (JsonWriter, mpsc::Receiver<io::Result<Bytes>>) {
    let (sender, receiver) = mpsc::channel(WAITING);
    (JsonWriter { piece: Vec::new(), follows: false, sender }, receiver)
}

impl JsonWriter {
    pub(crate) fn begin_object(&mut self) {
        self.begin(b'{');
    }

    pub(crate) fn begin_list(&mut self) {
        self.begin(b'[');
    }

    pub(crate) fn end_object(&mut self) {
        self.end(b'}');
    }

    pub(crate) fn end_list(&mut self) {
        self.end(b']');
    }

    /// The name of the member of an object whose value comes next.
    pub(crate) fn name(&mut self, name: &str) -> Result<(), Cut> {
        self.separate();
        serde_json::to_writer(&mut self.piece, name)?;
        self.piece.push(b':');
        self.follows = false;
        Ok(())
    }

    /// A whole value.
    pub(crate) async fn value(&mut self, value: &impl Serialize) -> Result<(), Cut> {
        self.separate();
        serde_json::to_writer(&mut self.piece, value)?;
        if self.piece.len() >= PIECE { self.send().await } else { Ok(()) }
    }

    /// Sends what is left.
    pub(crate) async fn finish(&mut self) -> Result<(), Cut> {
        self.send().await
    }

    /// Lets the reader know that what it has is not the whole.
    pub(crate) async fn fail(self) {
        let _ = self.sender.send(Err(io::Error::other("cut off"))).await;
    }

    fn begin(&mut self, bracket: u8) {
        self.separate();
        self.piece.push(bracket);
        self.follows = false;
    }

    fn end(&mut self, bracket: u8) {
        self.piece.push(bracket);
        self.follows = true;
    }

    fn separate(&mut self) {
        if self.follows {
            self.piece.push(b',');
        }
        self.follows = true;
    }

    async fn send(&mut self) -> Result<(), Cut> {
        let piece = std::mem::take(&mut self.piece).into();
        self.sender.send(Ok(piece)).await.map_err(|_| Cut::Gone)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    async fn written(mut json: JsonWriter, rows: usize) -> Result<(), Cut> {
        json.begin_object();
        json.name("a \"quoted\" name")?;
        json.value(&1).await?;
        json.name("empty")?;
        json.begin_list();
        json.end_list();
        json.name("rows")?;
        json.begin_list();
        for n in 0..rows {
            json.value(&json!({"n": n})).await?;
        }
        json.end_list();
        json.name("inner")?;
        json.begin_object();
        json.name("x")?;
        json.value(&json!([null, "y"])).await?;
        json.end_object();
        json.end_object();
        json.finish().await
    }

    #[tokio::test]
    async fn the_pieces_make_one_text() {
        let (writer, mut pieces) = json_stream();
        let writing = tokio::spawn(written(writer, 10_000));
        let (mut text, mut count) = (Vec::new(), 0);
        while let Some(piece) = pieces.recv().await {
            text.extend_from_slice(&piece.unwrap());
            count += 1;
        }
        writing.await.unwrap().unwrap();
        assert!(count > 3, "{count} pieces");
        let read: Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(read["rows"].as_array().unwrap().len(), 10_000);
        assert_eq!(read["rows"][9999], json!({"n": 9999}));
        assert_eq!((&read["a \"quoted\" name"], &read["empty"]), (&json!(1), &json!([])));
        assert_eq!(read["inner"], json!({"x": [null, "y"]}));
    }

    #[tokio::test]
    async fn a_reader_that_goes_away_ends_the_writing() {
        let (writer, pieces) = json_stream();
        drop(pieces);
        assert!(matches!(written(writer, 10).await, Err(Cut::Gone)));
    }
}
