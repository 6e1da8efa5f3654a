//! What can go wrong between us and OpenSearch.

use std::time::Duration;

use http::StatusCode;
use serde_json::Value;

use super::super::IndexError;

/// How much of what the server says is repeated.
const REASON_LONGEST: usize = 500;

/// A call that failed.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    server: String,
    /// None where there was no answer.
    status: Option<StatusCode>,
    /// The server's word for it, e.g. `index_not_found_exception`.
    kind: String,
    problem: String,
    is_late: bool,
}

impl Failure {
    pub(super) fn unreachable(server: &str, problem: &str) -> Self {
        let (server, problem) = (server.to_owned(), problem.to_owned());
        Self { server, status: None, kind: String::new(), problem, is_late: false }
    }

    pub(super) fn late(server: &str, deadline: Duration) -> Self {
        let problem = format!("no answer within {} s", deadline.as_secs());
        Self { is_late: true, ..Self::unreachable(server, &problem) }
    }

    /// An answer that is an error.
    pub(super) fn refused(server: &str, status: StatusCode, error: &Value) -> Self {
        let kind = error["type"].as_str().unwrap_or_default().to_owned();
        let reason = reason(error).unwrap_or_else(|| status.to_string());
        let problem = format!("{status}, {kind}: {reason}");
        Self { server: server.to_owned(), status: Some(status), kind, problem, is_late: false }
    }

    /// What is wrong, without the server's name.
    pub(super) fn into_problem(self) -> String {
        self.problem
    }

    /// Whether it passes by itself soon: the connection broke, the server has too much to do, or a shard is moving. What
    /// was late once would be late again.
    pub(super) fn passes(&self) -> bool {
        match self.status {
            None => !self.is_late,
            Some(status) => is_passing(status),
        }
    }

    /// Whether the index that was asked is not there.
    pub(super) fn is_no_index(&self) -> bool {
        self.kind == "index_not_found_exception"
    }

    /// Whether another was faster.
    pub(super) fn is_conflict(&self) -> bool {
        self.status == Some(StatusCode::CONFLICT)
    }

    /// Whether what was to be made is there.
    pub(super) fn is_already_there(&self) -> bool {
        self.kind == "resource_already_exists_exception"
    }

    /// Whether there is nothing of this name.
    pub(super) fn is_not_found(&self) -> bool {
        self.status == Some(StatusCode::NOT_FOUND)
    }

    /// Whether the server failed at it.
    pub(super) fn is_server_error(&self) -> bool {
        self.status.is_some_and(|status| status.is_server_error())
    }

    pub(super) fn is_bad_request(&self) -> bool {
        self.status == Some(StatusCode::BAD_REQUEST)
    }
}

/// Whether what was refused with this status may be taken a moment later.
pub(super) fn is_passing(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 502 | 503 | 504)
}

/// Why, in the server's words: those of the shard, where it was one.
pub(super) fn reason(error: &Value) -> Option<String> {
    let inner = ["caused_by", "root_cause"].into_iter().find_map(|name| match &error[name] {
        Value::Array(causes) => causes.first()?["reason"].as_str(),
        cause => cause["reason"].as_str(),
    });
    let outer = error["reason"].as_str().or_else(|| error.as_str());
    let reason = match (outer, inner) {
        (Some(outer), Some(inner)) if outer != inner => format!("{outer}: {inner}"),
        (Some(reason), _) | (None, Some(reason)) => reason.to_owned(),
        (None, None) => return None,
    };
    Some(reason.chars().take(REASON_LONGEST).collect())
}

impl From<Failure> for IndexError {
    fn from(failure: Failure) -> Self {
        Self::OpenSearch { server: failure.server, problem: failure.problem }
    }
}
