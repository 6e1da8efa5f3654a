//! What a commit says of itself: up to where it knows the event log, and after which request the index was built.

use uuid::Uuid;

use super::{
    super::engine::{LogPlace, Place},
    schema::VERSION,
};

/// Writes the payload of a commit.
pub(super) fn of(place: LogPlace, built_after: Option<Uuid>) -> String {
    let built_after = built_after.map(|request| format!(" {request}")).unwrap_or_default();
    format!("{VERSION} {} {}{built_after}", place.log, place.position)
}

/// Reads the place in the payload of a commit. One of another version of the index knows nothing.
pub(super) fn place_in(payload: &str) -> Place {
    let mut words = payload.split(' ');
    let is_ours = words.next().and_then(|version| version.parse().ok()) == Some(VERSION);
    match (words.next().map(str::parse), words.next().map(str::parse)) {
        (Some(Ok(log)), Some(Ok(position))) if is_ours => Place::At(LogPlace { log, position }),
        _ => Place::Empty,
    }
}

/// Reads the request in the payload of a commit.
pub(super) fn request_in(payload: &str) -> Option<Uuid> {
    payload.split(' ').nth(3)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_of_this_version_tells_the_place_and_the_request() {
        let log = Uuid::from_u128(7);
        let place = LogPlace { log, position: 42 };
        for request in [None, Some(Uuid::from_u128(9))] {
            let payload = of(place, request);
            assert_eq!((place_in(&payload), request_in(&payload)), (Place::At(place), request));
        }
        for other in [String::new(), format!("{} {log} 42", VERSION - 1), format!("{VERSION} {log}")] {
            assert_eq!((place_in(&other), request_in(&other)), (Place::Empty, None), "{other}");
        }
    }
}
