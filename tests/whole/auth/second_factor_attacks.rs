//! The second factor against who knows the password: guessing, replaying, racing, old tokens, a copy of the database.

use kino_testkit::{Answer, TestDatabase, on_every_database};
use sea_orm::{ConnectionTrait as _, sea_query::Query};
use serde_json::{Value, json};

use crate::{
    app::{AUTH, PASSWORD, TestApp},
    authenticator_app::{Authenticator, answer, challenge, confirm, set_up},
};

on_every_database!(
    a_code_is_refused_when_it_was_used_before_anywhere,
    codes_of_one_step_beside_are_taken_and_of_two_are_not,
    of_two_sign_ins_at_once_with_one_code_one_succeeds,
    guessing_codes_ends_the_token_and_waits_through_new_sign_ins,
    a_token_is_good_for_five_minutes_and_once,
    a_token_is_void_when_password_or_app_change,
    the_second_factor_of_one_account_is_useless_for_another,
    what_is_no_code_and_what_is_no_token_is_refused,
    the_database_tells_no_secret_and_forgets_with_the_account,
);

#[track_caller]
fn statuses(answers: &[&Answer]) -> Vec<u16> {
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    statuses
}

async fn a_code_is_refused_when_it_was_used_before_anywhere(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let anna = app.register("anna").await;
    let (phone, _) = Authenticator::of(&app, &anna).await;
    let (earlier, now) = (phone.code_beside(&app, -1), phone.code(&app));
    let (here, elsewhere) = (challenge(&app, "anna").await, challenge(&app, "anna").await);
    answer(&app, &here, &now).await.is(200);
    // From another device, and for what else wants a code.
    answer(&app, &elsewhere, &now).await.is_problem(401, "bad_code");
    let path = format!("{AUTH}/mfa/recovery-codes");
    let renewal = app.client.post(&path, &json!({"code": now})).bearer(&anna.access);
    renewal.send().await.is_problem(422, "validation_failed");
    // Nor does one count that was overlooked: it is older than the one that was used.
    answer(&app, &elsewhere, &earlier).await.is_problem(401, "bad_code");
    let app = app.restart().await;
    answer(&app, &elsewhere, &now).await.is_problem(401, "bad_code");
    app.advance(30);
    answer(&app, &elsewhere, &phone.code(&app)).await.is(200);
    app.stop().await;
}

async fn codes_of_one_step_beside_are_taken_and_of_two_are_not(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let anna = app.register("anna").await;
    let (phone, _) = Authenticator::of(&app, &anna).await;
    app.advance(10 * 30);
    let token = challenge(&app, "anna").await;
    for steps in [-2, 2] {
        let code = phone.code_beside(&app, steps);
        answer(&app, &token, &code).await.is_problem(401, "bad_code");
    }
    answer(&app, &token, &phone.code_beside(&app, -1)).await.is(200);
    let token = challenge(&app, "anna").await;
    answer(&app, &token, &phone.code_beside(&app, 1)).await.is(200);
    app.stop().await;
}

async fn of_two_sign_ins_at_once_with_one_code_one_succeeds(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let anna = app.register("anna").await;
    let (phone, _) = Authenticator::of(&app, &anna).await;
    let (one, other) = (challenge(&app, "anna").await, challenge(&app, "anna").await);
    let code = phone.code(&app);
    let (first, second) = tokio::join!(answer(&app, &one, &code), answer(&app, &other, &code));
    assert_eq!(statuses(&[&first, &second]), [200, 401]);

    app.advance(30);
    let (one, code) = (challenge(&app, "anna").await, phone.code(&app));
    let (first, second, third) =
        tokio::join!(answer(&app, &one, &code), answer(&app, &one, &code), answer(&app, &one, &code));
    assert_eq!(statuses(&[&first, &second, &third]), [200, 401, 401]);

    // Confirming at once: one set of recovery codes is shown.
    let boris = app.register("boris").await;
    let phone = Authenticator::scan(&set_up(&app, &boris).await.is(200).json());
    let code = phone.code(&app);
    let (first, second) = tokio::join!(confirm(&app, &boris, &code), confirm(&app, &boris, &code));
    assert_eq!(statuses(&[&first, &second]), [200, 409]);
    app.stop().await;
}

async fn guessing_codes_ends_the_token_and_waits_through_new_sign_ins(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let anna = app.register("anna").await;
    let (phone, codes) = Authenticator::of(&app, &anna).await;
    let wrong = phone.wrong_code(&app);
    // A right code clears what was counted.
    let token = challenge(&app, "anna").await;
    for _ in 0..4 {
        answer(&app, &token, &wrong).await.is_problem(401, "bad_code");
    }
    answer(&app, &token, &phone.code(&app)).await.is(200);

    let token = challenge(&app, "anna").await;
    for _ in 0..5 {
        answer(&app, &token, &wrong).await.is_problem(401, "bad_code");
    }
    app.advance(30);
    answer(&app, &token, &phone.code(&app)).await.is_problem(401, "mfa_token_invalid");
    // The right password gives another token, but not another five tries.
    let token = challenge(&app, "anna").await;
    for code in [&phone.code(&app), &codes[0]] {
        let refused = answer(&app, &token, code).await.is_problem(429, "too_many_attempts");
        assert!(refused.header("retry-after").parse::<u64>().unwrap() >= 1);
    }
    // Nor do wrong codes keep anyone from the password, or others from their codes.
    challenge(&app, "anna").await;
    let boris = app.register("boris").await;
    let (phone, _) = Authenticator::of(&app, &boris).await;
    let token = challenge(&app, "boris").await;
    answer(&app, &token, &phone.code(&app)).await.is(200);
    app.stop().await;
}

async fn a_token_is_good_for_five_minutes_and_once(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let anna = app.register("anna").await;
    let (phone, codes) = Authenticator::of(&app, &anna).await;
    let token = challenge(&app, "anna").await;
    app.advance(5 * 60 - 1);
    answer(&app, &token, &phone.code(&app)).await.is(200);
    let spent = answer(&app, &token, &codes[0]).await.is_problem(401, "mfa_token_invalid");

    let token = challenge(&app, "anna").await;
    app.advance(5 * 60);
    let expired = answer(&app, &token, &phone.code(&app)).await.is_problem(401, "mfa_token_invalid");
    let unknown = answer(&app, "nobody's", &phone.code(&app)).await.is_problem(401, "mfa_token_invalid");
    let without_id = |answer: Answer| {
        let mut body = answer.json();
        body.as_object_mut().unwrap().remove("request_id");
        body
    };
    let [spent, expired, unknown] = [spent, expired, unknown].map(without_id);
    assert!(spent == expired && expired == unknown, "told alike");
    app.stop().await;
}

async fn a_token_is_void_when_password_or_app_change(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let anna = app.register("anna").await;
    let (phone, codes) = Authenticator::of(&app, &anna).await;
    let token = challenge(&app, "anna").await;
    let auth = app.auth_database().await;
    let hash = bcrypt::hash("another horse battery", 4).unwrap();
    let tx = auth.begin().await.unwrap();
    tx.execute(Query::update().table("users").value("password_hash", hash)).await.unwrap();
    tx.commit().await.unwrap();
    auth.close().await.unwrap();
    answer(&app, &token, &phone.code(&app)).await.is_problem(401, "mfa_token_invalid");
    answer(&app, &token, &codes[0]).await.is_problem(401, "mfa_token_invalid");

    // A hash of an older system, which this sign-in replaces with a better one, is no change of the password.
    let again = async || {
        let answer = app.try_sign_in("anna", "another horse battery").await.is(200).json();
        answer["mfa_token"].as_str().unwrap().to_owned()
    };
    let token = again().await;
    answer(&app, &token, &phone.code(&app)).await.is(200);

    let token = again().await;
    let path = format!("{AUTH}/mfa/totp");
    let removal = app.client.request(http::Method::DELETE, &path).bearer(&anna.access);
    removal.json(&json!({"password": "another horse battery"})).send().await.is(204);
    app.advance(30);
    answer(&app, &token, &phone.code(&app)).await.is_problem(401, "mfa_token_invalid");
    let (phone, _) = Authenticator::of(&app, &anna).await;
    answer(&app, &token, &phone.code(&app)).await.is_problem(401, "mfa_token_invalid");
    app.stop().await;
}

async fn the_second_factor_of_one_account_is_useless_for_another(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let (anna, boris) = (app.register("anna").await, app.register("boris").await);
    let (annas, _) = Authenticator::of(&app, &anna).await;
    let (boriss, boriss_codes) = Authenticator::of(&app, &boris).await;
    let token = challenge(&app, "anna").await;
    answer(&app, &token, &boriss.code(&app)).await.is_problem(401, "bad_code");
    answer(&app, &token, &boriss_codes[0]).await.is_problem(401, "bad_code");
    let session = answer(&app, &token, &annas.code(&app)).await.is(200).json();
    assert_eq!(session["user_id"], anna.id.as_str());
    let token = challenge(&app, "boris").await;
    answer(&app, &token, &boriss_codes[0]).await.is(200);
    app.stop().await;
}

async fn what_is_no_code_and_what_is_no_token_is_refused(database: TestDatabase) {
    let app = TestApp::with(database, &[("KINO_LIMITS__ENABLED", "false")]).await;
    let anna = app.register("anna").await;
    let pending = set_up(&app, &anna).await.is(200).json();
    let (long, dashes) = ("1".repeat(10 * 1024), "-".repeat(10 * 1024));
    let odd = [
        "",
        " ",
        "-",
        "12345",
        "+12345",
        "1e5",
        "１２３４５６",
        "٠١٢٣٤٥",
        "\u{0}\u{0}",
        "' OR 1=1 --",
        &long,
        &dashes,
    ];
    for code in odd {
        confirm(&app, &anna, code).await.is_problem(422, "validation_failed");
    }
    let phone = Authenticator::scan(&pending);
    confirm(&app, &anna, &phone.code(&app)).await.is(200);
    app.advance(30);
    for code in odd {
        let token = challenge(&app, "anna").await;
        answer(&app, &token, code).await.is_problem(401, "bad_code");
    }
    for token in ["", "x", "\u{0}", "' OR 1=1 --", &long, &anna.access, &anna.refresh] {
        answer(&app, token, &phone.code(&app)).await.is_problem(401, "mfa_token_invalid");
    }
    let token = challenge(&app, "anna").await;
    let mfa = format!("{AUTH}/sessions/mfa");
    for wrong in [json!({}), json!({"mfa_token": token}), json!({"mfa_token": token, "code": 123_456})] {
        app.client.post(&mfa, &wrong).send().await.is_problem(422, "validation_failed");
    }
    for path in ["mfa/totp/setup", "mfa/totp/confirm", "mfa/recovery-codes"] {
        let send = |body: Value| app.client.post(&format!("{AUTH}/{path}"), &body).bearer(&anna.access);
        send(json!({"password": 1, "code": 1})).send().await.is_problem(422, "validation_failed");
        send(json!([])).send().await.is(422);
        let text = app.client.request(http::Method::POST, &format!("{AUTH}/{path}")).raw("text/plain", "{}");
        text.bearer(&anna.access).send().await.is_problem(415, "unsupported_media_type");
    }
    answer(&app, &token, &phone.code(&app)).await.is(200);
    app.stop().await;
}

async fn the_database_tells_no_secret_and_forgets_with_the_account(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let anna = app.register("anna").await;
    let setup = set_up(&app, &anna).await.is(200).json();
    let phone = Authenticator::scan(&setup);
    let confirmed = confirm(&app, &anna, &phone.code(&app)).await.is(200).json();
    let token = challenge(&app, "anna").await;

    let auth = app.auth_database().await;
    let column = async |table: &'static str, column: &'static str| {
        let rows = auth.read().query_all(Query::select().column(column).from(table)).await.unwrap();
        rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect::<Vec<Vec<u8>>>()
    };
    let holds = |stored: &[Vec<u8>], secret: &[u8]| {
        stored.iter().any(|bytes| bytes.windows(secret.len()).any(|part| part == secret))
    };
    let sealed = column("totp", "sealed_secret").await;
    let secret = totp_rs::Secret::try_from_base32(setup["secret"].as_str().unwrap()).unwrap();
    assert_eq!(sealed.len(), 1);
    assert!(
        !holds(&sealed, secret.as_bytes()) && !holds(&sealed, setup["secret"].as_str().unwrap().as_bytes())
    );
    let digests = column("recovery_codes", "digest").await;
    assert_eq!(digests.len(), 10);
    let first = confirmed["recovery_codes"][0].as_str().unwrap();
    assert!(!holds(&digests, first.as_bytes()) && !holds(&digests, first.replace('-', "").as_bytes()));
    let tokens = column("mfa_challenges", "token_digest").await;
    assert_eq!(tokens.len(), 1);
    assert!(!holds(&tokens, token.as_bytes()));

    let tx = auth.begin().await.unwrap();
    tx.execute(Query::delete().from_table("users")).await.unwrap();
    tx.commit().await.unwrap();
    for (table, name) in
        [("totp", "sealed_secret"), ("recovery_codes", "digest"), ("mfa_challenges", "token_digest")]
    {
        assert!(column(table, name).await.is_empty(), "{table}");
    }
    auth.close().await.unwrap();
    answer(&app, &token, &phone.code(&app)).await.is_problem(401, "mfa_token_invalid");
    app.try_sign_in("anna", PASSWORD).await.is_problem(401, "bad_credentials");
    app.stop().await;
}
