//! The way out and back, when somebody or the provider means ill.

use kino_testkit::{TestDatabase, on_every_database};
use serde_json::json;

use super::{HTML, JSON, Site, parameter, with_parameter};
use crate::{
    app::{AUTH, Person},
    provider::{Fault, person},
};

on_every_database!(
    a_state_is_good_once_for_ten_minutes,
    a_sign_in_is_brought_back_by_who_took_it_away,
    a_provider_that_goes_wrong_lets_nobody_in,
);

async fn a_state_is_good_once_for_ten_minutes(database: TestDatabase) {
    let site = Site::start(database).await;
    let path = site.visit_provider(&site.leave("idp", JSON).await).await;
    for state in ["", "x", &"A".repeat(43), &"A".repeat(5000), "%00", "null", "кино"] {
        let forged = with_parameter(&path, "state", state);
        site.come_back(&forged).send().await.is_problem(400, "social_state_invalid");
    }
    let bare = format!("{AUTH}/social/idp/callback");
    site.come_back(&bare).send().await.is_problem(400, "social_state_invalid");
    let twice = format!("{path}&state=again");
    site.come_back(&twice).send().await.is_problem(422, "validation_failed");

    // Of many at once, one is let in.
    let racing: Vec<_> = (0..8)
        .map(|_| {
            let request = site.come_back(&path);
            tokio::spawn(request.send())
        })
        .collect();
    let mut let_in = 0;
    for answer in racing {
        let answer = answer.await.unwrap();
        if answer.status == 200 {
            let_in += 1;
        } else {
            answer.is_problem(400, "social_state_invalid");
        }
    }
    assert_eq!(let_in, 1);
    site.come_back(&path).send().await.is_problem(400, "social_state_invalid");

    // At another provider it is good for nothing, and spent.
    let path = site.visit_provider(&site.leave("yandex", JSON).await).await;
    let elsewhere = path.replace("/yandex/", "/vk/");
    site.come_back(&elsewhere).send().await.is_problem(400, "social_state_invalid");
    site.come_back(&path).send().await.is_problem(400, "social_state_invalid");

    let path = site.visit_provider(&site.leave("yandex", JSON).await).await;
    site.app.advance(601);
    site.come_back(&path).send().await.is_problem(400, "social_state_invalid");

    // A browser is told on the page where it begins again.
    let told = site.come_back_browsing(&path, "").send().await.is(303);
    assert_eq!(told.header("location"), "/login?problem=social_state_invalid");
    site.stop().await;
}

async fn a_sign_in_is_brought_back_by_who_took_it_away(database: TestDatabase) {
    let site = Site::start(database).await;
    let refused = "/login?problem=social_state_invalid";
    // A browser that began nothing, or something else, is made to come back with another's code.
    let attacker = site.leave("idp", HTML).await;
    let victim = site.leave("idp", HTML).await;
    for cookie in ["", victim.cookie.as_str(), "kino_social=x", "kino_social=", "kino_socia=1; x"] {
        let path = site.visit_provider(&site.leave("idp", HTML).await).await;
        let answer = site.come_back_browsing(&path, cookie).send().await.is(303);
        assert_eq!(answer.header("location"), refused, "{cookie}");
        assert!(answer.headers.get("set-cookie").is_none());
    }
    let path = site.visit_provider(&attacker).await;
    let answer = site.come_back_browsing(&path, &victim.cookie).send().await.is(303);
    assert_eq!(answer.header("location"), refused);
    // Nor does a program that took no cookie along when it left help a browser that has none.
    let path = site.visit_provider(&site.leave("idp", JSON).await).await;
    let answer = site.come_back_browsing(&path, "").send().await.is(303);
    assert_eq!(answer.header("location"), refused);
    // What left with a browser is not for a program that has seen its address.
    let path = site.visit_provider(&site.leave("idp", HTML).await).await;
    site.come_back(&path).send().await.is_problem(400, "social_state_invalid");
    // A page of another site that fetches is no program.
    for where_from in ["cross-site", "same-site"] {
        let path = site.visit_provider(&site.leave("idp", JSON).await).await;
        let answer = site.come_back(&path).header("sec-fetch-site", where_from).send().await;
        answer.is_problem(400, "social_state_invalid");
    }
    // Nobody was let in, and nobody has an account.
    let boss = site.app.administrator().await;
    site.provider.seat(person("9", "fresh"));
    let path = site.visit_provider(&site.leave("idp", JSON).await).await;
    let fresh = Person::of(&site.come_back(&path).send().await.is(200).json());
    assert_ne!(fresh.id, boss.id);
    site.app.try_sign_in("anna", "").await.is_problem(401, "bad_credentials");
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_sent_to_another_site() {
    let site = Site::start(TestDatabase::sqlite()).await;
    for path in [
        "https://evil.example",
        "//evil.example",
        "///evil.example",
        "/%5Cevil.example",
        "%5C%5Cevil.example",
        "/%09/evil.example",
        "/.//evil.example",
        "%20/films",
        "/%0D%0ASet-Cookie:%20a=b",
        "javascript:alert(1)",
        "data:text/html,x",
        "films",
        "",
        "/%D1%84",
        "https:evil.example",
        "@evil.example",
        "/%00",
    ] {
        for accept in [HTML, JSON] {
            let answer = site.try_leave("idp", &format!("?redirect_to={path}"), accept, None).await;
            answer.clone().is_problem(422, "validation_failed");
            assert_eq!(answer.json()["errors"][0]["field"], "redirect_to", "{path}");
        }
    }
    site.try_leave("idp", "?link=maybe", JSON, None).await.is_problem(422, "validation_failed");
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_says_no_is_not_signed_in_and_told_so() {
    let site = Site::start(TestDatabase::sqlite()).await;
    site.provider.deny();
    for name in ["idp", "vk", "yandex"] {
        site.try_sign_in(name).await.is_problem(401, "social_denied");
    }
    let answer = site.try_leave("idp", "?redirect_to=/%3Fpage%3D2", HTML, None).await;
    let away = super::Away::of(&answer);
    let path = site.visit_provider(&away).await;
    let told = site.come_back_browsing(&path, &away.cookie).send().await.is(303);
    assert_eq!(told.header("location"), "/login?next=%2F%3Fpage%3D2&problem=social_denied");
    let page =
        site.app.client.get(told.header("location")).header("accept-language", "en").send().await.is(200);
    assert!(page.text().contains("The sign-in was not confirmed."));
    assert!(page.text().contains("name=\"next\" value=\"/?page=2\""));
    // The page tells what it knows, and nothing that an address brings.
    let odd =
        site.app.client.get("/login?problem=%3Cscript%3EYou+won%3C/script%3E").send().await.is(200).text();
    assert!(!odd.contains("You won"), "{odd}");
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_good_for_whom_it_was_given_to() {
    let site = Site::start(TestDatabase::sqlite()).await;
    for name in ["idp", "vk", "yandex"] {
        let path = site.visit_provider(&site.leave(name, JSON).await).await;
        let stolen = with_parameter(&path, "code", &site.provider.code_of_another_client());
        site.come_back(&stolen).send().await.is_problem(401, "social_denied");
        for code in ["", "nonsense", "%00", &"x".repeat(5000)] {
            let path = site.visit_provider(&site.leave(name, JSON).await).await;
            let status = site.come_back(&with_parameter(&path, "code", code)).send().await.status.as_u16();
            assert!([400, 401].contains(&status), "{name} {code}: {status}");
        }
        // The code of one sign-in, brought with the state of another: the proof does not fit.
        let (mine, theirs) = (site.leave(name, JSON).await, site.leave(name, JSON).await);
        let (mine, theirs) = (site.visit_provider(&mine).await, site.visit_provider(&theirs).await);
        let mixed = with_parameter(&mine, "code", &parameter(&theirs, "code").unwrap());
        site.come_back(&mixed).send().await.is_problem(401, "social_denied");
    }
    // VK's codes are good with their device alone.
    let path = site.visit_provider(&site.leave("vk", JSON).await).await;
    site.come_back(&with_parameter(&path, "device_id", "another"))
        .send()
        .await
        .is_problem(401, "social_denied");
    let path = site.visit_provider(&site.leave("vk", JSON).await).await;
    let without = path.replace("device_id=", "device=");
    site.come_back(&without).send().await.is_problem(401, "social_denied");
    site.stop().await;
}

async fn a_provider_that_goes_wrong_lets_nobody_in(database: TestDatabase) {
    let site = Site::start(database).await;
    let unavailable = (503, "social_provider_unavailable");
    for (fault, (status, code)) in [
        (Fault::WrongNonce, unavailable),
        (Fault::NoNonce, unavailable),
        (Fault::WrongAudience, unavailable),
        (Fault::WrongAuthorizedParty, unavailable),
        (Fault::WrongIssuer, unavailable),
        (Fault::Expired, unavailable),
        (Fault::NotYetValid, unavailable),
        (Fault::AlgorithmNone, unavailable),
        (Fault::SharedSecret, unavailable),
        (Fault::BadSignature, unavailable),
        (Fault::UnknownKey, unavailable),
        (Fault::NoIdToken, unavailable),
        (Fault::NoSubject, unavailable),
        (Fault::TellsOfAnother, unavailable),
        (Fault::ServerError, unavailable),
        (Fault::NotJson, unavailable),
        (Fault::Huge, unavailable),
        (Fault::RedirectLoop, unavailable),
        (Fault::AnotherSender, (401, "social_denied")),
    ] {
        let away = site.leave("idp", JSON).await;
        site.provider.misbehave(fault);
        let path = site.visit_provider(&away).await;
        let answer = site.come_back(&path).send().await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (status, code), "{fault:?}");
        assert_eq!(answer.header("retry-after").is_empty(), status != 503, "{fault:?}");
        site.provider.behave();
        site.app.advance(6);
    }
    for name in ["vk", "yandex"] {
        for fault in [Fault::ServerError, Fault::NotJson, Fault::Huge, Fault::RedirectLoop] {
            let away = site.leave(name, JSON).await;
            site.provider.misbehave(fault);
            let path = site.visit_provider(&away).await;
            site.come_back(&path).send().await.is_problem(503, "social_provider_unavailable");
            site.provider.behave();
        }
    }
    // All is well again, and none of them had made an account.
    let anna = site.sign_in("idp").await;
    assert_eq!(site.me(&anna).await["username"], "anna");
    assert_eq!(site.links(&anna).await, ["idp"]);
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_cannot_be_discovered_is_told_of_before_anyone_leaves() {
    let site = Site::start(TestDatabase::sqlite()).await;
    for fault in [
        Fault::ServerError,
        Fault::NotJson,
        Fault::Huge,
        Fault::RedirectLoop,
        Fault::AnotherDocument,
        Fault::UnsafeEndpoints,
    ] {
        site.provider.misbehave(fault);
        let answer = site.try_leave("idp", "", JSON, None).await;
        assert_eq!(answer.code(), "social_provider_unavailable", "{fault:?}");
        // A moment later it is not asked again.
        let asked = site.provider.asked("/oidc/.well-known/openid-configuration");
        let told = site.try_leave("idp", "?redirect_to=/films", HTML, None).await.is(303);
        assert_eq!(told.header("location"), "/login?next=%2Ffilms&problem=social_provider_unavailable");
        assert_eq!(site.provider.asked("/oidc/.well-known/openid-configuration"), asked);
        site.app.advance(6);
    }
    let page = "/login?problem=social_provider_unavailable";
    let page = site.app.client.get(page).header("accept-language", "en").send().await.is(503).text();
    assert!(page.contains("does not answer right now"));
    site.provider.behave();
    site.sign_in("idp").await;
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_does_not_answer_is_not_waited_for() {
    let site = Site::start(TestDatabase::sqlite()).await;
    let away = site.leave("idp", JSON).await;
    let path = site.visit_provider(&away).await;
    site.provider.misbehave(Fault::Slow);
    let began = std::time::Instant::now();
    site.come_back(&path).send().await.is_problem(503, "social_provider_unavailable");
    assert!(began.elapsed().as_secs() < 20);
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn leaving_again_and_again_is_held_up() {
    let site = Site::start(TestDatabase::sqlite()).await;
    for _ in 0..300 {
        site.leave("vk", JSON).await;
    }
    site.try_leave("vk", "", JSON, None).await.is_problem(429, "too_many_requests");
    assert_eq!(json!(site.provider.asked("/vk/authorize")), 0);
    site.stop().await;
}
