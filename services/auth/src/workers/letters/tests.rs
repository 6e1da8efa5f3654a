use super::*;
use crate::{one_time::Purpose, store::one_time_tokens, testing::TestService};

const ANNA: &str = "anna@example.org";

fn later() -> MailError {
    MailError::Later("451 try anna@example.org later".to_owned())
}

async fn with_a_letter() -> TestService {
    let service = TestService::start().await;
    service.ask_for_reset(ANNA).await;
    service
}

async fn send_all_due(service: &TestService) -> usize {
    send_due(&service.auth, &CancellationToken::new()).await.unwrap()
}

#[tokio::test]
async fn a_letter_is_tried_again_until_it_goes() {
    let service = with_a_letter().await;
    for minutes in [1, 2, 4] {
        service.mail.will_answer(later());
        assert_eq!(send_all_due(&service).await, 1);
        service.clock.advance(TimeDelta::minutes(minutes) - TimeDelta::seconds(1));
        assert_eq!(send_all_due(&service).await, 0, "not before its time");
        service.clock.advance(TimeDelta::seconds(1));
    }
    assert!(service.mail.taken().is_empty());
    assert_eq!(send_all_due(&service).await, 1);
    assert_eq!((service.mail.taken().len(), service.waiting().await.len()), (1, 0), "it is sent once");
}

#[tokio::test]
async fn after_a_day_a_letter_is_given_up() {
    let service = with_a_letter().await;
    let begin = service.clock.now();
    let mut attempts = 0;
    while !service.waiting().await.is_empty() {
        service.mail.will_answer(later());
        attempts += send_all_due(&service).await;
        service.clock.advance(TimeDelta::minutes(1));
        assert!(attempts < 100);
    }
    let age = service.clock.now() - begin;
    assert!(attempts > 20 && age > TimeDelta::hours(22) && age <= GIVEN_UP_AFTER, "{attempts} {age}");
    assert!(service.mail.taken().is_empty());
}

#[tokio::test]
async fn a_refused_letter_is_dropped() {
    let service = with_a_letter().await;
    service.mail.will_answer(MailError::Refused("550 no such box".to_owned()));
    assert_eq!(send_all_due(&service).await, 1);
    assert!(service.waiting().await.is_empty() && service.mail.taken().is_empty());
}

#[tokio::test]
async fn of_several_processes_one_sends_a_letter() {
    let service = TestService::start().await;
    for _ in 0..40 {
        service.ask_for_reset(ANNA).await;
    }
    let (other, stop) = (service.beside().await, CancellationToken::new());
    while !service.waiting().await.is_empty() {
        let (one, two) = tokio::join!(send_due(&service.auth, &stop), send_due(&other, &stop));
        one.unwrap();
        two.unwrap();
    }
    assert_eq!(service.mail.taken().len(), 40);
}

#[tokio::test]
async fn a_letter_of_a_process_that_died_over_it_goes_later() {
    let service = with_a_letter().await;
    let letter = service.waiting().await.remove(0);
    assert!(claim(&service.auth, &letter).await.unwrap().is_some());
    assert!(claim(&service.auth, &letter).await.unwrap().is_none(), "it is claimed once");
    assert_eq!(send_all_due(&service).await, 0);
    service.clock.advance(CLAIMED_FOR);
    assert_eq!(send_all_due(&service).await, 1);
    assert_eq!(service.mail.taken().len(), 1);
}

#[tokio::test]
async fn only_the_newest_token_is_good_for_its_purpose_and_its_time() {
    let service = with_a_letter().await;
    send_all_due(&service).await;
    service.ask_for_reset("ANNA@example.org").await;
    send_all_due(&service).await;
    let sent = service.mail.taken();
    assert!(sent.iter().all(|letter| letter.to == ANNA), "as the account has it");
    let token = |letter: &Letter| {
        let (_, rest) = letter.text.split_once("token=").unwrap();
        rest.lines().next().unwrap().to_owned()
    };
    let (old, new) = (token(&sent[0]), token(&sent[1]));
    for (token, is_good) in [(&old, false), (&new, true), (&"x".repeat(43), false), (&String::new(), false)] {
        assert_eq!(service.auth.find_token(token, Purpose::ResetPassword).await.is_ok(), is_good);
        assert!(service.auth.find_token(token, Purpose::VerifyEmail).await.is_err());
    }
    service.clock.advance(TimeDelta::minutes(30));
    let late = service.auth.find_token(&new, Purpose::ResetPassword).await;
    assert_eq!(late.unwrap_err().code(), "link_invalid");
    let tx = service.auth.database.begin().await.unwrap();
    assert_eq!(one_time_tokens::forget_expired(&tx, service.clock.now()).await.unwrap(), 1);
}

#[tokio::test]
async fn an_address_without_an_account_gets_nothing() {
    let service = TestService::start().await;
    service.ask_for_reset("nobody@example.org").await;
    assert_eq!(send_all_due(&service).await, 1);
    assert!(service.mail.taken().is_empty() && service.waiting().await.is_empty());
}

#[test]
fn delays_grow_to_an_hour() {
    let delay = |attempts| next_delay(TimeDelta::zero(), attempts).unwrap().num_minutes();
    assert_eq!((1..10).map(delay).collect::<Vec<_>>(), [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    assert_eq!(next_delay(TimeDelta::hours(23), 9), None);
}

#[test]
fn the_log_does_not_name_whom_a_letter_is_for() {
    assert_eq!(
        without_addresses("550 <anna@example.org>: no such mailbox, boris@example.org"),
        "550 [address] no such mailbox, [address]"
    );
}
