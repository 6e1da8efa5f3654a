//! Tests of the whole platform: journeys, crashes, pages, documentation
