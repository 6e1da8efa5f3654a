//! The site as a browser sees it, over stand-ins for the services.

#![expect(clippy::unwrap_used, reason = "tests")]

mod account;
mod account_pages;
mod letters;
mod passkeys;
mod services;
mod site;

use axum::body::Body;
use http::Request;
use services::{ARCHIVED_FILM, FREE_FILM, GENRE, HOSTILE_FILM, PAID_FILM};
use site::{CSRF, Site};

const ESCAPED: &str = "&#60;script&#62;";

#[tokio::test]
async fn browsing_shows_films_genres_and_pages() {
    let site = Site::open();
    let page = site.get("/", "").await;
    page.is(200)
        .shows("<html lang=\"ru\">")
        .shows("Солярис")
        .shows(&format!("href=\"/films/{FREE_FILM}\""))
        .shows("src=\"/files/solaris.jpg\"")
        .shows(&format!("src=\"/posters/{HOSTILE_FILM}?language=ru\""))
        .shows(&format!("href=\"/?genre={GENRE}\""))
        .shows("8,0")
        .shows("30\u{a0}фильмов")
        .shows("Страница 1 из 2")
        .shows("Подписка")
        .shows("href=\"/login\"")
        .lacks("Выйти");
    assert_eq!(
        site.calls.with("/films?"),
        ["GET /async/api/v1/films?page_number=1&page_size=24&sort=-imdb_rating -"]
    );
    assert!(site.calls.with("/users/me").is_empty());
}

#[tokio::test]
async fn genre_order_and_page_are_asked_of_the_catalogue() {
    let site = Site::open();
    let page = site.get(&format!("/?genre={GENRE}&sort=year&page=2"), "").await;
    page.is(200)
        .shows("<h1>Фантастика</h1>")
        .shows("Страница 2 из 2")
        .shows("<option value=\"year\" selected>");
    assert_eq!(
        site.calls.with("/films?"),
        [format!("GET /async/api/v1/films?page_number=2&page_size=24&sort=-year&genre={GENRE} -")]
    );
    site.get("/?genre=x&sort=x&page=x", "").await.is(200).shows("Страница 1 из 2");
}

#[tokio::test]
async fn a_search_passes_the_query_and_marks_what_it_found() {
    let site = Site::open();
    let page = site.get("/?query=%D1%81%D0%BE%D0%BB%D1%8F+%26", "").await;
    // A highlight with other markup than it may have is not shown at all.
    page.is(200).shows("<em>Соля</em>рис").lacks("<img src=x>").shows("value=\"соля &#38;\"");
    assert_eq!(
        site.calls.with("/search"),
        ["GET /async/api/v1/films/search?page_number=1&page_size=24&query=%D1%81%D0%BE%D0%BB%D1%8F+%26 -"]
    );
    site.get("/?query=nothing", "").await.is(200).shows("Ничего не нашлось").shows("Все фильмы");
}

#[tokio::test]
async fn hostile_titles_and_queries_stay_text() {
    let site = Site::open();
    site.get("/", "").await.is(200).lacks("<script").shows(ESCAPED);
    site.get("/?query=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "")
        .await
        .is(200)
        .lacks("<script")
        .shows(ESCAPED);
    let film = site.get(&format!("/films/{HOSTILE_FILM}"), "").await;
    film.is(200).lacks("<script").lacks("javascript:").shows(ESCAPED);
    let login = site.get("/login?next=%22%3E%3Cscript%3E", "").await;
    login.is(200).lacks("<script>").shows("name=\"next\" value=\"/\"");
}

#[tokio::test]
async fn a_film_is_told_in_full() {
    let site = Site::open();
    let page = site.get(&format!("/films/{FREE_FILM}"), "").await;
    page.is(200)
        .shows("<h1>Солярис</h1>")
        .shows("Solaris")
        .shows("2\u{a0}ч 47\u{a0}мин")
        .shows("СССР, XX")
        .shows("href=\"/?query=%D0%90%D0%BD%D0%B4%D1%80%D0%B5%D0%B9+")
        .shows("Видео этого фильма ещё не загружено");
    let in_english = site.get(&format!("/films/{FREE_FILM}"), "kino_language=en").await;
    in_english.is(200).shows("<html lang=\"en\">").shows("Soviet Union").shows("has not been uploaded yet");
}

#[tokio::test]
async fn closed_films_say_why_and_what_to_do() {
    let site = Site::open();
    let page = site.get(&format!("/films/{PAID_FILM}"), "").await;
    page.is(403).shows("по подписке").shows(&format!("href=\"/login?next=%2Ffilms%2F{PAID_FILM}\""));
    let signed_in = site.get(&format!("/films/{PAID_FILM}"), "kino_access=good-access").await;
    signed_in.is(403).shows("На вашем аккаунте подписки нет").lacks("href=\"/login");
    site.get(&format!("/films/{ARCHIVED_FILM}"), "").await.is(403).shows("в архиве");
}

#[tokio::test]
async fn what_is_not_there_is_404_and_what_is_down_503() {
    let site = Site::open();
    for path in ["/films/01900000-0000-7000-8000-0000000000ff", "/films/x", "/films/%FF", "/nowhere"] {
        site.get(path, "").await.is(404).shows("Такой страницы нет");
    }
    site.get("/logout", "").await.is(405).shows("Здесь нечего показать");
    let down = Site::without_services();
    for path in ["/", &format!("/films/{FREE_FILM}")] {
        let page = down.get(path, "kino_access=good-access; kino_refresh=old-refresh").await;
        page.is(503).shows("Технический перерыв").shows("Выйти");
        assert_eq!(page.header("retry-after"), "5");
        assert!(page.cookies().is_empty());
    }
}

#[tokio::test]
async fn signing_in_sets_cookies_and_leads_on() {
    let site = Site::open();
    let fields = format!("csrf={CSRF}&login=+anna+&password=right+password&next=/films/{FREE_FILM}");
    let answer = site.post("/login", "", &fields).await;
    answer.is(303).begins_the_session("good");
    assert_eq!(answer.header("location"), format!("/films/{FREE_FILM}"));

    let astray = format!("csrf={CSRF}&login=anna&password=right+password&next=//evil.example");
    let answer = site.post("/login", "", &astray).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/"));
}

#[tokio::test]
async fn a_wrong_password_is_said_and_the_name_is_kept() {
    let site = Site::open();
    let fields = format!("csrf={CSRF}&login=anna%22&password=wrong+one&next=/films/1");
    let answer = site.post("/login", "", &fields).await;
    answer
        .is(401)
        .shows("Неверное имя или пароль.")
        .shows("value=\"anna&#34;\"")
        .shows("name=\"next\" value=\"/films/1\"")
        .lacks("wrong one");
    assert!(answer.cookies().is_empty());

    let hasty = site.post("/login", "", &format!("csrf={CSRF}&login=hasty&password=x")).await;
    hasty.is(429).shows("Слишком часто.");
    assert_eq!(hasty.header("retry-after"), "30");

    let down = Site::without_services();
    down.post("/login", "", &format!("csrf={CSRF}&login=anna&password=x"))
        .await
        .is(503)
        .shows("value=\"anna\"");
}

#[tokio::test]
async fn a_second_factor_is_asked_for_on_a_page_of_its_own() {
    let site = Site::open();
    let fields = format!("csrf={CSRF}&login=careful&password=x&next=/films/1");
    let answer = site.post("/login", "", &fields).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/login/code?next=%2Ffilms%2F1"));
    assert_eq!(answer.cookies(), ["kino_mfa=waiting; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=300"]);

    let page = site.get("/login/code?next=/films/1", "kino_mfa=waiting").await;
    page.is(200)
        .shows("Остался код")
        .shows("autocomplete=\"one-time-code\"")
        .shows("name=\"next\" value=\"/films/1\"")
        .shows("href=\"/login?next=%2Ffilms%2F1\"")
        .lacks("waiting");
    site.get("/login/code", "kino_mfa=waiting; kino_language=en").await.is(200).shows("One more step");

    let code = |code: &str| format!("csrf={CSRF}&code={code}&next=/films/1");
    let wrong = site.post("/login/code", "kino_mfa=waiting", &code("000000")).await;
    wrong.is(401).shows("Неверный код.").shows("id=\"code\"").lacks("000000");
    assert!(wrong.cookies().is_empty(), "there may be another try");

    let right = site.post("/login/code", "kino_mfa=waiting", &code("+123+456+")).await;
    assert_eq!((right.status.as_u16(), right.header("location")), (303, "/films/1"));
    let rest = "HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age";
    assert_eq!(
        right.cookies(),
        [
            format!("kino_access=good-access; {rest}=600"),
            format!("kino_mfa=; {rest}=0"),
            format!("kino_refresh=good-refresh; {rest}=86400"),
        ]
    );
}

#[tokio::test]
async fn a_second_factor_that_comes_too_late_leads_back_to_the_password() {
    let site = Site::open();
    let fields = format!("csrf={CSRF}&code=123+456&next=/films/1");
    let late = site.post("/login/code", "kino_mfa=expired", &fields).await;
    late.is(401).shows("Войдите снова.").shows("id=\"password\"").shows("name=\"next\" value=\"/films/1\"");
    assert_eq!(late.cookies(), ["kino_mfa=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0"]);

    for cookies in ["", "kino_mfa=\"no token\""] {
        for answer in [
            site.get("/login/code?next=/films/1", cookies).await,
            site.post("/login/code", cookies, &fields).await,
        ] {
            assert_eq!(
                (answer.status.as_u16(), answer.header("location")),
                (303, "/login?next=%2Ffilms%2F1")
            );
        }
    }
    let member = site.get("/login/code", "kino_access=good-access; kino_mfa=waiting").await;
    assert_eq!((member.status.as_u16(), member.header("location")), (303, "/"));
    Site::without_services().post("/login/code", "kino_mfa=waiting", &fields).await.is(503);
}

#[tokio::test]
async fn registering_begins_a_session_or_says_what_is_wrong_beside_the_field() {
    let site = Site::open();
    let fields =
        |email: &str| format!("csrf={CSRF}&username=anna&email={email}&password=long+enough&first_name=Anna");
    let welcome = site.post("/register", "", &fields("anna%40example.org")).await;
    welcome.is(303).begins_the_session("good");

    let odd = site.post("/register", "", &fields("odd")).await;
    odd.is(422)
        .shows("Проверьте отмеченные поля.")
        .shows("id=\"email-error\">Это не адрес.")
        .shows("value=\"Anna\"")
        .lacks("См. errors.")
        .lacks("long enough");
    let taken = site.post("/register", "", &fields("taken%40example.org")).await;
    taken.is(409).shows("id=\"email-error\">Адрес уже занят.");
}

#[tokio::test]
async fn an_expired_access_token_is_renewed_once_for_a_page_of_many_calls() {
    let site = Site::open();
    let page = site.get("/", "kino_access=stale; kino_refresh=old-refresh").await;
    page.is(200).shows("&#60;anna&#62;").shows("Выйти").shows("Солярис").begins_the_session("new");
    assert_eq!(site.calls.with("/sessions/refresh").len(), 1);
    assert_eq!(site.calls.with("/films?").last().unwrap().split(' ').next_back(), Some("new-access"));

    // The access cookie ran out with its token: the renewal comes first.
    let site = Site::open();
    let page = site.get("/", "kino_refresh=old-refresh").await;
    page.is(200).begins_the_session("new");
    assert_eq!((site.calls.with("/sessions/refresh").len(), site.calls.with("/films?").len()), (1, 1));
}

#[tokio::test]
async fn a_session_that_is_over_is_cleared_and_the_visitor_goes_on_as_a_guest() {
    let site = Site::open();
    for cookies in ["kino_access=stale; kino_refresh=spent", "kino_refresh=spent", "kino_access=stale"] {
        let page = site.get("/", cookies).await;
        page.is(200).shows("Солярис").shows("href=\"/login\"").lacks("Выйти").clears_the_session();
    }
}

#[tokio::test]
async fn a_session_is_kept_while_the_accounts_are_down() {
    let site = Site::open();
    let cookies = "kino_access=stale; kino_refresh=down-refresh";
    let page = site.get("/", cookies).await;
    page.is(200).shows("Солярис").shows("Выйти");
    assert!(page.cookies().is_empty());
    // Whether they have a subscription nobody knows now; they are not told that they have none.
    site.get(&format!("/films/{PAID_FILM}"), cookies).await.is(503).shows("Технический перерыв");
}

#[tokio::test]
async fn cookies_that_hold_no_token_are_no_session() {
    let site = Site::open();
    site.get("/", "kino_access=\"a b\"; kino_refresh=a,b").await.is(200).shows("href=\"/login\"");
}

#[tokio::test]
async fn signing_out_ends_the_session_here_and_at_the_accounts() {
    let site = Site::open();
    let cookies = "kino_access=good-access; kino_refresh=old-refresh";
    let answer = site.post("/logout", cookies, &format!("csrf={CSRF}")).await;
    answer.is(303).clears_the_session();
    assert_eq!(site.calls.with("/logout"), ["POST /auth/api/v1/sessions/logout good-access"]);
    Site::without_services()
        .post("/logout", cookies, &format!("csrf={CSRF}"))
        .await
        .is(303)
        .clears_the_session();
}

#[tokio::test]
async fn a_language_is_chosen_for_a_year() {
    let site = Site::open();
    let answer = site.post("/language", "", &format!("csrf={CSRF}&language=en&next=/?query=a")).await;
    answer.is(303);
    assert_eq!(answer.header("location"), "/?query=a");
    assert_eq!(
        answer.cookies(),
        ["kino_language=en; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=31536000"]
    );
    let odd = site.post("/language", "", &format!("csrf={CSRF}&language=tlh")).await;
    assert!(odd.is(303).cookies().is_empty());
}

#[tokio::test]
async fn forged_forms_are_refused() {
    let site = Site::open();
    let session = "kino_access=good-access; kino_refresh=old-refresh";
    let (cookies, fields) =
        (format!("kino_csrf={CSRF}; {session}"), format!("csrf={CSRF}&login=anna&password=x"));
    for path in [
        "/login",
        "/login/code",
        "/login/passkey",
        "/login/passkey/options",
        "/account/passkeys",
        "/account/passkeys/options",
        "/account/passkeys/01900000-0000-7000-8000-0000000000aa/remove",
        "/register",
        "/logout",
        "/language",
    ] {
        // Another token, none, and one without its cookie.
        let other = fields.replace("csrf=A", "csrf=B");
        site.post(path, session, &other).await.is(403).shows("Форма устарела");
        site.post(path, session, "login=anna").await.is(403);
        site.post_from("https://kino.example", path, session, &fields).await.is(403);
        // The right token from a wrong place: the answer does not change the visitor's cookies.
        let foreign = site.post_from("https://evil.example", path, &cookies, &fields).await;
        assert!(!foreign.is(403).headers.contains_key("set-cookie"));
        let foreign = site.post_from("https://evil.example", path, "", &fields).await;
        assert!(!foreign.is(403).headers.contains_key("set-cookie"));
        let request = Request::post(path)
            .header("host", "kino.example")
            .header("sec-fetch-site", "cross-site")
            .header("cookie", &cookies)
            .body(Body::from(fields.clone()));
        site.answer(request.unwrap()).await.is(403);
    }
    assert!(site.calls.with("POST").is_empty());
}

#[tokio::test]
async fn a_forms_token_is_the_one_of_its_cookie() {
    let site = Site::open();
    let page = site.get("/login", "").await;
    let cookie = page.header("set-cookie");
    let token = cookie.strip_prefix("kino_csrf=").and_then(|rest| rest.split(';').next()).unwrap();
    assert_eq!(cookie, format!("kino_csrf={token}; HttpOnly; SameSite=Lax; Secure; Path=/"));
    page.shows(&format!("name=\"csrf\" value=\"{token}\""));
    let again = site.get("/login", &format!("kino_csrf={token}")).await;
    again.shows(&format!("name=\"csrf\" value=\"{token}\""));
    assert!(!again.headers.contains_key("set-cookie"));
    let signed_in = site.get("/login?next=/films/1", "kino_access=good-access").await;
    assert_eq!((signed_in.status.as_u16(), signed_in.header("location")), (303, "/films/1"));
}

#[tokio::test]
async fn a_form_too_large_is_not_read() {
    let site = Site::open();
    let answer = site.post("/login", "", &format!("csrf={CSRF}&login={}", "x".repeat(20_000))).await;
    answer.is(413).shows("Форму не удалось прочитать");
}

#[tokio::test]
async fn every_page_is_guarded_and_files_are_kept() {
    let site = Site::open();
    for path in ["/", "/register", "/nowhere", &format!("/films/{PAID_FILM}")] {
        let page = site.get(path, "").await;
        assert_eq!(page.header("cache-control"), "private, no-store");
        assert_eq!(page.header("referrer-policy"), "same-origin");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(
            page.header("content-security-policy"),
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
             frame-ancestors 'none'"
        );
        page.lacks("<script").lacks(" style=").lacks("<style");
    }
    let page = site.get("/login", "").await;
    for (file, kind) in [
        ("/assets/site.css", "text/css; charset=utf-8"),
        ("/assets/icon.svg", "image/svg+xml"),
        ("/assets/passkey.js", "text/javascript; charset=utf-8"),
    ] {
        page.shows(&format!("=\"{file}?v="));
        let asset = site.get(file, "").await;
        asset.is(200);
        assert_eq!(asset.header("cache-control"), "public, max-age=3600");
        assert_eq!(asset.header("content-type"), kind);
        let request = Request::get(file).header("if-none-match", asset.header("etag")).body(Body::empty());
        site.answer(request.unwrap()).await.is(304);
    }
}
