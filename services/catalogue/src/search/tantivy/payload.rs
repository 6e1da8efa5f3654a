//! What a commit says of itself: up to where it knows the event log.

use super::{
    super::engine::{LogPlace, Place},
    schema::VERSION,
};

/// Writes the payload of a commit.
pub(super) fn of(place: LogPlace) -> String {
    format!("{VERSION} {} {}", place.log, place.position)
}

/// Reads the payload of a commit. One of another version of the index knows nothing.
pub(super) fn place_in(payload: &str) -> Place {
    let mut words = payload.split(' ');
    let is_ours = words.next().and_then(|version| version.parse().ok()) == Some(VERSION);
    match (words.next().map(str::parse), words.next().map(str::parse)) {
        (Some(Ok(log)), Some(Ok(position))) if is_ours => Place::At(LogPlace { log, position }),
        _ => Place::Empty,
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_payload_of_this_version_tells_the_place() {
        let log = Uuid::from_u128(7);
        let place = Place::At(LogPlace { log, position: 42 });
        assert_eq!(place_in(&of(LogPlace { log, position: 42 })), place);
        for other in [String::new(), format!("{} {log} 42", VERSION - 1), format!("{VERSION} {log}")] {
            assert_eq!(place_in(&other), Place::Empty, "{other}");
        }
    }
}
