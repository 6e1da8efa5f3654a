//! A client that costs little: prepared requests over a kept connection, of the answer only what is needed. It knows
//! HTTP/1.1 answers with a Content-Length, which is what the platform sends, and nothing else.

use std::{net::SocketAddr, time::Duration};

use memchr::memmem;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::Outcome;

/// No answer is longer, in bytes.
const LONGEST: usize = 4 * 1024 * 1024;
const READ_AT_ONCE: usize = 16 * 1024;

/// A connection that is kept.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer.
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    head: &'a [u8],
    pub(crate) body: &'a [u8],
}

impl<'a> Answer<'a> {
    /// The headers, one by one; names in lower case, as hyper writes them.
    pub(crate) fn headers(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let lines = self.head.split(|&byte| byte == b'\n').skip(1);
        lines.filter_map(|line| str::from_utf8(line).ok()?.trim_end().split_once(": "))
    }

    /// `Retry-After`, which a refusal has.
    pub(crate) fn retry_after(&self) -> Outcome<Duration> {
        Ok(Duration::from_secs(number(self.head, b"\r\nretry-after: ")?.try_into()?))
    }

    /// The body as JSON, if the status is this one.
    pub(crate) fn json(&self, status: u16) -> Outcome<Value> {
        if self.status == status {
            return Ok(serde_json::from_slice(self.body)?);
        }
        Err(format!("answered {} instead of {status}: {}", self.status, String::from_utf8_lossy(self.body))
            .into())
    }
}

impl Connection {
    /// Opens a connection.
    pub(crate) async fn open(address: SocketAddr) -> Outcome<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(READ_AT_ONCE) })
    }

    /// Opens several.
    pub(crate) async fn open_many(address: SocketAddr, count: usize) -> Outcome<Vec<Self>> {
        let mut connections = Vec::with_capacity(count);
        for _ in 0..count {
            connections.push(Self::open(address).await?);
        }
        Ok(connections)
    }

    /// Sends a request and reads its answer.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> Outcome<Answer<'_>> {
        self.send(request).await?;
        self.receive().await
    }

    /// Sends a request.
    pub(crate) async fn send(&mut self, request: &[u8]) -> Outcome<()> {
        Ok(self.stream.write_all(request).await?)
    }

    /// Reads the answer to the request that was sent.
    pub(crate) async fn receive(&mut self) -> Outcome<Answer<'_>> {
        self.buffer.clear();
        let (head, length) = loop {
            self.read().await?;
            if let Some(end) = memmem::find(&self.buffer, b"\r\n\r\n") {
                break (end, content_length(&self.buffer[..end])?);
            }
        };
        let end = head + 4 + length;
        while self.buffer.len() < end {
            self.read().await?;
        }
        let status = self.buffer.get(9..12).and_then(|status| str::from_utf8(status).ok()?.parse().ok());
        let status = status.ok_or("the answer has no status")?;
        Ok(Answer { status, head: &self.buffer[..head], body: &self.buffer[head + 4..end] })
    }

    async fn read(&mut self) -> Outcome<()> {
        if self.buffer.len() > LONGEST {
            return Err("the answer is too long".into());
        }
        self.buffer.reserve(READ_AT_ONCE);
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err("the connection was closed before the answer".into()),
            _ => Ok(()),
        }
    }
}

fn content_length(head: &[u8]) -> Outcome<usize> {
    let length = number(head, b"\r\ncontent-length: ")?;
    if length > LONGEST { Err("the answer is too long".into()) } else { Ok(length) }
}

/// A header that is a number, its name as hyper writes it.
fn number(head: &[u8], name: &[u8]) -> Outcome<usize> {
    let start = memmem::find(head, name)
        .ok_or_else(|| format!("the answer lacks{}", String::from_utf8_lossy(name)))?
        + name.len();
    let digits = head[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    Ok(str::from_utf8(&head[start..start + digits])?.parse()?)
}

/// A GET request, perhaps with an access token.
pub(crate) fn get(path: &str, token: Option<&str>) -> Vec<u8> {
    let bearer = bearer(token);
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nAccept-Language: en\r\n{bearer}\r\n")
        .into_bytes()
}

/// A POST request of a JSON body, perhaps with an access token.
pub(crate) fn post(path: &str, body: &Value, token: Option<&str>) -> Vec<u8> {
    let (body, bearer) = (body.to_string(), bearer(token));
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
         {bearer}\r\n{body}"
    )
    .into_bytes()
}

fn bearer(token: Option<&str>) -> String {
    token.map_or_else(String::new, |token| format!("Authorization: Bearer {token}\r\n"))
}

/// A word or several as they stand in a query.
pub(crate) fn quoted(words: &str) -> String {
    let quote = |byte: u8| match byte {
        b' ' => "+".to_owned(),
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    words.bytes().map(quote).collect()
}
