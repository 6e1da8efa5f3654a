//! The pages that say what is in the way: closed films, wrong addresses, refused forms, services that do not answer.

use askama::Template;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};

use super::{Frame, Who};
use crate::{
    api::{Problem, RETRY_AFTER, Trouble},
    visit::Visit,
};

#[derive(Template)]
#[template(path = "trouble.html")]
struct TroublePage {
    frame: Frame,
    /// What the drawing shows.
    kind: Kind,
    title: String,
    text: String,
    /// Ways on, the best first: (address, words).
    ways: Vec<(String, &'static str)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Closed,
    Lost,
    Broken,
}

/// What a page's call ran into.
pub(crate) fn of(visit: Visit, frame: Frame, trouble: Trouble) -> Response {
    match trouble {
        Trouble::Unavailable { retry_after } => unavailable(visit, frame, retry_after),
        Trouble::Refused(problem) => match problem.status {
            StatusCode::NOT_FOUND => not_found(visit, frame),
            StatusCode::TOO_MANY_REQUESTS => {
                unavailable(visit, frame, problem.retry_after.unwrap_or(RETRY_AFTER))
            }
            // Somebody signed in, but who, and with what rights, nobody can say now.
            _ if frame.who == Who::Unnamed => unavailable(visit, frame, RETRY_AFTER),
            _ => closed(visit, frame, *problem),
        },
    }
}

fn closed(visit: Visit, frame: Frame, problem: Problem) -> Response {
    let t = frame.t;
    let catalogue = ("/".to_owned(), t.to_catalogue);
    let sign_in = (frame.sign_in_href.clone(), t.sign_in);
    let is_guest = frame.is_guest();
    let (title, text, ways) = match problem.code.as_str() {
        "film_requires_subscription" if is_guest => {
            let register = (frame.register_href.clone(), t.create_account);
            (t.subscription_title, t.subscription_guest.to_owned(), vec![sign_in, register])
        }
        "film_requires_subscription" => {
            (t.subscription_title, t.subscription_member.to_owned(), vec![catalogue])
        }
        "film_archived" => (t.archived_title, t.archived_text.to_owned(), vec![catalogue]),
        _ if is_guest => (t.closed_title, problem.detail, vec![sign_in, catalogue]),
        _ => (t.closed_title, problem.detail, vec![catalogue]),
    };
    let page = TroublePage { kind: Kind::Closed, title: title.to_owned(), text, ways, frame };
    retry_after(visit.page(problem.status, &page), problem.retry_after)
}

fn not_found(visit: Visit, frame: Frame) -> Response {
    let (title, text) = (frame.t.not_found_title, frame.t.not_found_text);
    simple(visit, frame, StatusCode::NOT_FOUND, Kind::Lost, title, text)
}

fn unavailable(visit: Visit, frame: Frame, seconds: u64) -> Response {
    let (title, text) = (frame.t.unavailable_title, frame.t.unavailable_text);
    let ways = vec![(visit.here.to_string(), frame.t.try_again)];
    let page =
        TroublePage { kind: Kind::Broken, title: title.to_owned(), text: text.to_owned(), ways, frame };
    retry_after(visit.page(StatusCode::SERVICE_UNAVAILABLE, &page), Some(seconds))
}

/// The answer for addresses that the site does not have.
pub(crate) async fn no_such_page(visit: Visit) -> Response {
    let frame = visit.frame().await;
    not_found(visit, frame)
}

/// The answer to methods that an address does not take.
pub(crate) async fn wrong_method(visit: Visit) -> Response {
    let frame = visit.frame().await;
    let (title, text) = (frame.t.wrong_method_title, frame.t.wrong_method_text);
    simple(visit, frame, StatusCode::METHOD_NOT_ALLOWED, Kind::Lost, title, text)
}

/// The answer to a form that this site did not give this visitor.
pub(crate) async fn forged_form(visit: Visit) -> Response {
    let frame = visit.frame().await;
    let (title, text) = (frame.t.forged_title, frame.t.forged_text);
    simple(visit, frame, StatusCode::FORBIDDEN, Kind::Closed, title, text)
}

/// The answer to a form that is cut short, too large, or filled in by no browser.
pub(crate) async fn unreadable_form(visit: Visit, status: StatusCode) -> Response {
    let frame = visit.frame().await;
    let (title, text) = (frame.t.unreadable_title, frame.t.unreadable_text);
    simple(visit, frame, status, Kind::Lost, title, text)
}

fn simple(visit: Visit, frame: Frame, status: StatusCode, kind: Kind, title: &str, text: &str) -> Response {
    let ways = vec![("/".to_owned(), frame.t.to_catalogue)];
    let page = TroublePage { kind, title: title.to_owned(), text: text.to_owned(), ways, frame };
    visit.page(status, &page)
}

/// Says on an answer when to try again.
pub(crate) fn retry_after(mut response: Response, seconds: Option<u64>) -> Response {
    if let Some(seconds) = seconds {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
    }
    response
}
