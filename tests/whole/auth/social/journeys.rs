//! The way out and back, when all is well.

use kino_testkit::{TestDatabase, free_port, on_every_database};
use serde_json::json;

use super::{Away, HTML, JSON, SITE, Site, parameter};
use crate::{
    app::{AUTH, Person, TestApp},
    browser::Browser,
    provider::{CLIENT_ID, CLIENT_SECRET, IdentityProvider, anna, person},
};

on_every_database!(
    a_program_signs_in_everywhere_and_finds_its_account_again,
    a_browser_comes_home_signed_in,
    what_the_id_token_leaves_out_is_asked_for,
    a_new_key_of_the_provider_is_found,
);

async fn a_program_signs_in_everywhere_and_finds_its_account_again(database: TestDatabase) {
    let site = Site::start(database).await;
    for (name, method, verified) in
        [("idp", "social:idp", true), ("vk", "social:vk", false), ("yandex", "social:yandex", true)]
    {
        let mut viewer = person("77", &format!("viewer-{name}"));
        viewer["given_name"] = json!("Вера");
        site.provider.seat(viewer);
        let first = site.sign_in(name).await;
        let me = site.me(&first).await;
        // VK says neither what its users call themselves nor whose their address is.
        let username = if name == "vk" { "Вера".to_owned() } else { format!("viewer-{name}") };
        assert_eq!(me["username"], username.as_str());
        assert_eq!(me["email"], format!("viewer-{name}@example.org"));
        assert_eq!((&me["email_verified"], &me["first_name"]), (&json!(verified), &json!("Вера")));
        assert_eq!(me["roles"], json!(["UNSUB_USER"]));

        let again = site.sign_in(name).await;
        assert_eq!(first.id, again.id);
        assert_eq!(site.links(&again).await, [name]);
        let history = format!("{AUTH}/sessions/entry-history");
        let history = site.app.client.get(&history).bearer(&again.access).send().await.is(200).json();
        assert_eq!(history["total"], 2);
        assert_eq!(
            (&history["items"][0]["method"], &history["items"][0]["success"]),
            (&json!(method), &json!(true))
        );
        // There is no password to sign in with.
        site.app.try_sign_in(&username, "").await.is_problem(401, "bad_credentials");
    }
    assert_eq!(site.provider.asked("/oidc/.well-known/openid-configuration"), 1, "discovered once");

    let providers = format!("{AUTH}/social");
    let providers =
        site.app.client.get(&providers).header("accept-language", "ru").send().await.is(200).json();
    assert_eq!(
        providers,
        json!({"items": [
            {"name": "idp", "title": "Idp", "login_url": format!("{SITE}{AUTH}/social/idp/login")},
            {"name": "vk", "title": "VK ID", "login_url": format!("{SITE}{AUTH}/social/vk/login")},
            {"name": "yandex", "title": "Яндекс ID", "login_url": format!("{SITE}{AUTH}/social/yandex/login")},
        ]})
    );
    site.stop().await;
}

async fn a_browser_comes_home_signed_in(database: TestDatabase) {
    let site = Site::with(database, &[("KINO_SITE__SECURE_COOKIES", "true")]).await;
    let answer = site.try_leave("idp", "?redirect_to=/%3Fpage%3D2", HTML, None).await.is(303);
    let cookie = answer.header("set-cookie").to_owned();
    let attributes = "; HttpOnly; SameSite=Lax; Secure; Path=/auth/api/v1/social; Max-Age=600";
    assert!(cookie.starts_with("kino_social=") && cookie.ends_with(attributes), "{cookie}");
    assert_eq!(
        (answer.header("cache-control"), answer.header("referrer-policy")),
        ("no-store", "no-referrer")
    );
    assert_eq!(answer.json()["authorize_url"], answer.header("location"));
    let away = Away::of(&answer);
    for (name, value) in [
        ("client_id", CLIENT_ID),
        ("scope", "openid email profile"),
        ("redirect_uri", &format!("{SITE}{AUTH}/social/idp/callback")),
    ] {
        assert_eq!(parameter(&away.authorize_url, name).as_deref(), Some(value));
    }

    // Another tab leaves meanwhile, with the same cookie.
    let other = format!("{AUTH}/social/idp/login");
    let other =
        site.app.client.get(&other).header("accept", HTML).header("cookie", &away.cookie).send().await;
    let other = Away::of(&other);
    assert_eq!(other.cookie, away.cookie);

    let path = site.visit_provider(&away).await;
    let home = site.come_back_browsing(&path, &away.cookie).send().await.is(303);
    assert_eq!(home.header("location"), "/?page=2");
    let set: Vec<_> =
        home.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
    let [access, refresh] = set[..] else { panic!("{set:?}") };
    assert!(access.starts_with("kino_access=") && refresh.starts_with("kino_refresh="), "{set:?}");
    assert!(access.ends_with("; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=1199"), "{access}");
    assert!(refresh.ends_with("; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=2591999"), "{refresh}");
    let session = set.map_pairs();
    let page = site.app.client.get("/?page=2").header("cookie", &session).send().await.is(200).text();
    assert!(page.contains("<bdi>anna</bdi>"), "the site knows its viewer");

    let path = site.visit_provider(&other).await;
    let home = site.come_back_browsing(&path, &away.cookie).send().await.is(303);
    assert_eq!(home.header("location"), "/");
    site.stop().await;
}

/// What a browser sends of the cookies that it was given.
trait Pairs {
    fn map_pairs(&self) -> String;
}

impl Pairs for Vec<&str> {
    fn map_pairs(&self) -> String {
        self.iter().map(|cookie| cookie.split(';').next().unwrap()).collect::<Vec<_>>().join("; ")
    }
}

async fn what_the_id_token_leaves_out_is_asked_for(database: TestDatabase) {
    let site = Site::start(database).await;
    let mut shy = json!({"sub": "5", "email_here": "shy@example.org", "email_verified": "true"});
    site.provider.seat(shy.clone());
    let me = site.me(&site.sign_in("idp").await).await;
    assert_eq!((&me["email"], &me["email_verified"]), (&json!("shy@example.org"), &json!(true)));
    assert_eq!(me["username"], "shy");
    // Once the account is there, no address is needed.
    shy.as_object_mut().unwrap().remove("email_here");
    site.provider.seat(shy);
    assert_eq!(site.me(&site.sign_in("idp").await).await["id"], me["id"]);
    site.stop().await;
}

async fn a_new_key_of_the_provider_is_found(database: TestDatabase) {
    let site = Site::start(database).await;
    let first = site.sign_in("idp").await;
    site.provider.rotate_keys();
    site.app.advance(6);
    assert_eq!(site.sign_in("idp").await.id, first.id);
    assert_eq!(site.provider.asked("/oidc/keys"), 2);
    // What was discovered is asked for again after an hour.
    site.app.advance(3600);
    site.sign_in("idp").await;
    assert_eq!(site.provider.asked("/oidc/keys"), 3);
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sign_in_page_shows_where_else_one_may_sign_in() {
    let site = Site::start(TestDatabase::sqlite()).await;
    for page in ["/login", "/register"] {
        let path = format!("{page}?next=%2F%3Fpage%3D2");
        let page = site.app.client.get(&path).header("accept-language", "ru").send().await.is(200).text();
        let door =
            format!("href=\"{SITE}{AUTH}/social/yandex/login?redirect_to=%2F%3Fpage%3D2\">Яндекс ID</a>");
        assert!(page.contains(&door) && page.contains("или войдите через"), "{page}");
    }
    site.stop().await;

    let app = TestApp::start(TestDatabase::sqlite()).await;
    let page = app.client.get("/login").header("accept-language", "ru").send().await.is(200).text();
    assert!(!page.contains("или войдите через"));
    assert_eq!(app.client.get(&format!("{AUTH}/social")).send().await.is(200).json(), json!({"items": []}));
    for path in ["vk/login", "vk/callback?code=a&state=b", "nobody/login", "%00/login"] {
        let answer = app.client.get(&format!("{AUTH}/social/{path}")).send().await;
        answer.is_problem(404, "provider_not_found");
    }
    let anna = app.register("anna").await;
    let unlink = app.client.request(http::Method::DELETE, &format!("{AUTH}/social/vk"));
    unlink.bearer(&anna.access).send().await.is_problem(404, "provider_not_found");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_real_browser_one_click_signs_in() {
    let port = free_port().unwrap();
    let (address, site) = (format!("127.0.0.1:{port}"), format!("http://localhost:{port}"));
    let Some(browser) = Browser::on(&site).await else { return };
    let provider = IdentityProvider::start(&[format!("{site}{AUTH}/social/idp/callback")]).await;
    let issuer = provider.url("oidc");
    let settings = [
        ("KINO_LISTEN", address.as_str()),
        ("KINO_SOCIAL__IDP__ISSUER", &issuer),
        ("KINO_SOCIAL__IDP__CLIENT_ID", CLIENT_ID),
        ("KINO_SOCIAL__IDP__CLIENT_SECRET", CLIENT_SECRET),
        ("KINO_SOCIAL__IDP__TITLE", "Кинопаспорт"),
    ];
    let app = TestApp::with(TestDatabase::sqlite(), &settings).await;
    provider.follow(&app.clock);

    provider.deny();
    browser.open("/login?next=%2F%3Fpage%3D2").await;
    browser.shows(".doors a", "Кинопаспорт").await;
    browser.is_not_blank().await;
    browser.click(".doors a").await;
    browser.shows(".alert", "Вход не подтверждён. Попробуйте ещё раз или войдите с паролем.").await;
    provider.seat(anna());
    browser.click(".doors a").await;
    browser.shows(".user bdi", "anna").await;
    browser.sees("location.pathname + location.search === '/?page=2'").await;
    browser.close(&[]).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_may_carry_the_cookie_too() {
    let site = Site::start(TestDatabase::sqlite()).await;
    let away = site.leave("vk", JSON).await;
    let path = site.visit_provider(&away).await;
    let answer = site.come_back(&path).header("cookie", &away.cookie).send().await.is(200);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(answer.headers.get("set-cookie").is_none(), "the tokens are in the body");
    Person::of(&answer.json());
    site.stop().await;
}
