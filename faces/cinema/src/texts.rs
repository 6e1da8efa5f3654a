//! Every text of the site, in Russian and in English side by side, and the few rules that texts with numbers need.

use chrono::{DateTime, Utc};
use kino_domain::Language;

macro_rules! texts {
    ($texts:ident; $($name:ident: $ru:literal, $en:literal;)+) => {
        /// The texts of the site, or of a part of it, in one language.
        #[derive(Debug)]
        pub(crate) struct $texts {
            pub(crate) language: Language,
            $(pub(crate) $name: &'static str,)+
        }

        static RU: $texts = $texts { language: Language::Ru, $($name: $ru,)+ };
        static EN: $texts = $texts { language: Language::En, $($name: $en,)+ };

        #[cfg(test)]
        pub(super) const ALL: &[(&str, &str, &str)] = &[$((stringify!($name), $ru, $en),)+];

        impl $texts {
            /// The texts in `language`.
            pub(crate) const fn of(language: Language) -> &'static Self {
                match language {
                    Language::Ru => &RU,
                    Language::En => &EN,
                }
            }
        }
    };
}

mod account;

pub(crate) use account::AccountTexts;

texts! {
    Texts;

    // Around every page
    brand: "Кино", "Kino";
    tagline: "онлайн-кинотеатр", "online cinema";
    meta_description: "Онлайн-кинотеатр: от немой классики до новинок.",
        "An online cinema: from silent classics to new releases.";
    skip_to_content: "К содержанию", "Skip to content";
    to_front: "Кино, на главную", "Kino, to the front page";
    search: "Поиск", "Search";
    search_films: "Поиск фильмов", "Search films";
    search_placeholder: "Фильм, режиссёр, актёр…", "Film, director, actor…";
    account: "Аккаунт", "Account";
    signed_in_as: "Вы вошли как", "Signed in as";
    sign_in: "Войти", "Sign in";
    sign_out: "Выйти", "Sign out";
    register: "Регистрация", "Register";
    language_label: "Язык", "Language";
    footer: "Хорошие фильмы на любой вечер.", "Good films for any evening.";
    to_catalogue: "В каталог", "Browse the films";

    // Browsing
    browse_heading: "Что посмотрим сегодня?", "What shall we watch tonight?";
    results_for: "По запросу", "Results for";
    genres: "Жанры", "Genres";
    all_genres: "Все", "All";
    sort_by: "Сортировка", "Sort by";
    by_rating: "По рейтингу", "Rating";
    by_year: "Сначала новые", "Newest first";
    by_title: "По названию", "Title";
    by_popularity: "По популярности", "Popularity";
    apply: "Показать", "Apply";
    films: "Фильмы", "Films";
    rating: "Рейтинг IMDb", "IMDb rating";
    badge_paid: "Подписка", "Subscription";
    badge_archived: "Архив", "Archived";
    pages: "Страницы", "Pages";
    previous_page: "Назад", "Previous";
    next_page: "Дальше", "Next";
    first_page: "К первой странице", "To the first page";
    nothing_found: "Ничего не нашлось", "Nothing found";
    nothing_found_text: "Попробуйте другое слово, имя актёра или режиссёра — или загляните во весь каталог.",
        "Try another word, the name of an actor or a director, or look through all the films.";
    page_past_end: "Эта страница пуста", "This page is empty";
    page_past_end_text: "Фильмы закончились раньше.", "The films ended before it.";
    catalogue_empty: "Здесь пока пусто", "Nothing here yet";
    catalogue_empty_text: "Фильмы ещё не добавили. Загляните чуть позже.",
        "No films have been added yet. Come back a little later.";
    all_films: "Все фильмы", "All films";

    // A film
    directed_by: "Режиссура", "Directed by";
    written_by: "Сценарий", "Written by";
    starring: "В ролях", "Starring";
    countries: "Производство", "Countries";
    original_title: "В оригинале", "Original title";
    no_description: "Описания пока нет.", "There is no description yet.";
    watch: "Смотреть", "Watch";
    no_video: "Видео этого фильма ещё не загружено.", "The video of this film has not been uploaded yet.";

    // Signing in and registering
    sign_in_heading: "С возвращением", "Welcome back";
    sign_in_text: "Войдите, чтобы смотреть фильмы по вашей подписке.", "Sign in to watch what your subscription opens.";
    no_account: "Ещё нет аккаунта?", "No account yet?";
    register_heading: "Добро пожаловать", "Welcome";
    register_text: "Аккаунт бесплатный и откроется сразу.", "An account is free and opens at once.";
    create_account: "Создать аккаунт", "Create account";
    have_account: "Уже есть аккаунт?", "Already have an account?";
    login: "Имя пользователя или почта", "User name or e-mail";
    username: "Имя пользователя", "User name";
    username_hint: "От 3 до 30 символов.", "3 to 30 characters.";
    email: "Электронная почта", "E-mail";
    password: "Пароль", "Password";
    password_hint: "Не короче 8 символов.", "At least 8 characters.";
    first_name: "Имя", "First name";
    last_name: "Фамилия", "Last name";
    optional: "необязательно", "optional";
    check_fields: "Проверьте отмеченные поля.", "Please check the marked fields.";
    form_refused: "Не получилось. Попробуйте ещё раз.", "That did not work. Please try again.";
    accounts_unavailable: "Вход сейчас не работает. Попробуйте ещё раз через минуту.",
        "Signing in does not work right now. Please try again in a minute.";
    code_heading: "Остался код", "One more step";
    code_text: "Откройте приложение для кодов и введите шесть цифр, которые оно показывает.",
        "Open your authenticator app and type the six digits that it shows.";
    code: "Код", "Code";
    code_hint: "Нет телефона под рукой? Подойдёт один из кодов восстановления.",
        "No phone at hand? One of your recovery codes will do.";
    wrong_account: "Не тот аккаунт?", "Wrong account?";
    sign_in_again: "Войти заново", "Start again";

    // Passkeys
    sign_in_with_passkey: "Войти с ключом доступа", "Sign in with a passkey";
    passkeys: "Ключи доступа", "Passkeys";
    passkeys_text: "Входите без пароля: по отпечатку пальца, лицу или коду телефона или компьютера.",
        "Sign in without a password: with a fingerprint, a face or the code of your phone or computer.";
    no_passkeys: "Ключей пока нет.", "There are none yet.";
    passkeys_need_script: "Чтобы добавить ключ, разрешите для этого сайта JavaScript.",
        "To add one, allow JavaScript for this site.";
    passkey_added: "Добавлен", "Added";
    passkey_used: "последний вход", "last used";
    passkey_name: "Название", "Name";
    passkey_name_hint: "Чтобы узнать его потом, например «Мой телефон».", "To know it by later, such as “My phone”.";
    add_passkey: "Добавить ключ", "Add a passkey";
    remove: "Удалить", "Remove";
    confirm_password: "Вы вошли давно. Чтобы мы знали, что это вы, введите пароль.",
        "You signed in a while ago. Enter your password, so that we know it is you.";
    passkey_cancelled: "Ключ не выбран, или время вышло. Попробуйте ещё раз.",
        "No passkey was chosen, or the time ran out. Please try again.";
    passkey_known: "Ключ этого устройства уже добавлен.", "The passkey of this device has been added already.";

    // Signing in elsewhere
    or_with: "или войдите через", "or sign in with";
    social_denied: "Вход не подтверждён. Попробуйте ещё раз или войдите с паролем.",
        "The sign-in was not confirmed. Try again, or sign in with your password.";
    social_expired: "Этот вход уже завершён или длился слишком долго. Начните заново.",
        "This sign-in is done already, or took too long. Please begin again.";
    social_unavailable: "Сервис, через который вы входите, сейчас не отвечает. Попробуйте позже или войдите с паролем.",
        "The service you sign in with does not answer right now. Try later, or sign in with your password.";
    social_email_required: "Сервис не сообщил адрес вашей почты, а без него аккаунт не открыть. Зарегистрируйтесь здесь, а потом привяжите этот вход к аккаунту.",
        "The service did not tell your e-mail address, and no account can be opened without one. Register here, then link the service to your account.";
    social_email_taken: "На этот адрес уже есть аккаунт. Войдите в него как обычно, а потом привяжите к нему этот вход.",
        "There is an account with this address already. Sign in to it as you always do, then link the service to it.";
    social_taken: "Этот профиль уже привязан к другому аккаунту, или у вашего уже есть такой.",
        "This profile is linked to another account already, or yours has one of the kind.";
    account_blocked: "Этот аккаунт заблокирован. Обратитесь в поддержку.",
        "This account is blocked. Please ask the support.";

    // When something is in the way
    subscription_title: "Этот фильм доступен по подписке", "This film needs a subscription";
    subscription_guest: "Если подписка у вас уже есть, войдите. Если ещё нет, создайте аккаунт и попросите о подписке у администрации кинотеатра.",
        "If you already have a subscription, sign in. If not, create an account and ask the cinema for one.";
    subscription_member: "На вашем аккаунте подписки нет. Оформить её на сайте пока нельзя: попросите о ней у администрации кинотеатра. Фильм откроется сразу, как только подписка начнёт действовать.",
        "Your account has no subscription. It cannot be bought on the site yet: ask the cinema for one. The film opens as soon as the subscription starts.";
    archived_title: "Этот фильм в архиве", "This film is archived";
    archived_text: "Сейчас его посмотреть нельзя. Возможно, он ещё вернётся на экран, а пока загляните в каталог.",
        "It cannot be watched at the moment. It may come back to the screen; meanwhile, have a look at the others.";
    closed_title: "Этот фильм для вас закрыт", "This film is closed to you";
    not_found_title: "Такой страницы нет", "There is no such page";
    not_found_text: "Возможно, в адресе опечатка или фильм убрали из каталога.",
        "The address may be mistyped, or the film has left the catalogue.";
    unavailable_title: "Технический перерыв", "A short intermission";
    unavailable_text: "Кинотеатр сейчас не отвечает. Обновите страницу через несколько секунд.",
        "The cinema does not answer right now. Reload the page in a few seconds.";
    try_again: "Обновить", "Try again";
    forged_title: "Форма устарела", "This form is out of date";
    forged_text: "Мы не смогли убедиться, что её отправили вы. Вернитесь, обновите страницу и отправьте форму ещё раз. Если не поможет, разрешите для этого сайта файлы cookie.",
        "We could not make sure that it was you who sent it. Go back, reload the page and send the form again. If that does not help, allow cookies for this site.";
    unreadable_title: "Форму не удалось прочитать", "The form could not be read";
    unreadable_text: "Вернитесь, обновите страницу и заполните её ещё раз.", "Go back, reload the page and fill it in again.";
    wrong_method_title: "Здесь нечего показать", "There is nothing to show here";
    wrong_method_text: "Этот адрес принимает только формы сайта.", "This address only takes the forms of the site.";
}

impl Texts {
    /// Those of the account's own pages.
    pub(crate) const fn of_account(&self) -> &'static AccountTexts {
        AccountTexts::of(self.language)
    }

    /// How many films there are.
    pub(crate) fn film_count(&self, count: u64) -> String {
        let noun = match (self.language, count) {
            (Language::En, 1) => "film",
            (Language::En, _) => "films",
            (Language::Ru, _) => match (count % 10, count % 100) {
                (1, rest) if rest != 11 => "фильм",
                (2..=4, rest) if !(12..=14).contains(&rest) => "фильма",
                _ => "фильмов",
            },
        };
        format!("{count}\u{a0}{noun}")
    }

    /// Where the visitor is in a list.
    pub(crate) fn page_of(&self, page: u64, pages: u64) -> String {
        match self.language {
            Language::Ru => format!("Страница {page} из {pages}"),
            Language::En => format!("Page {page} of {pages}"),
        }
    }

    /// What a poster shows, for who does not see it.
    pub(crate) fn poster_of(&self, title: &str) -> String {
        match self.language {
            Language::Ru => format!("Постер фильма «{title}»"),
            Language::En => format!("Poster of “{title}”"),
        }
    }

    /// A day, by the calendar of UTC.
    pub(crate) fn day(&self, moment: DateTime<Utc>) -> String {
        let format = match self.language {
            Language::Ru => "%d.%m.%Y",
            Language::En => "%-d\u{a0}%b\u{a0}%Y",
        };
        moment.format(format).to_string()
    }

    /// A rating, with one decimal.
    pub(crate) fn decimal(&self, value: f64) -> String {
        let text = format!("{value:.1}");
        if self.language == Language::Ru { text.replace('.', ",") } else { text }
    }

    /// How long a film runs.
    pub(crate) fn hours_and_minutes(&self, minutes: u32) -> String {
        let (hour, minute) = match self.language {
            Language::Ru => ("ч", "мин"),
            Language::En => ("h", "min"),
        };
        match (minutes / 60, minutes % 60) {
            (0, rest) => format!("{rest}\u{a0}{minute}"),
            (hours, 0) => format!("{hours}\u{a0}{hour}"),
            (hours, rest) => format!("{hours}\u{a0}{hour} {rest}\u{a0}{minute}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_in_its_language() {
        let is_cyrillic = |c: char| ('а'..='я').contains(&c.to_lowercase().next().unwrap_or(c));
        for (name, ru, en) in ALL.iter().chain(account::ALL) {
            assert!(ru.chars().any(is_cyrillic), "{name} in Russian: {ru}");
            assert!(!en.is_empty() && !en.chars().any(is_cyrillic), "{name} in English: {en}");
        }
    }

    #[test]
    fn numbers_agree_with_their_nouns() {
        let (ru, en) = (Texts::of(Language::Ru), Texts::of(Language::En));
        for (count, noun) in [
            (0, "фильмов"),
            (1, "фильм"),
            (2, "фильма"),
            (5, "фильмов"),
            (11, "фильмов"),
            (12, "фильмов"),
            (21, "фильм"),
            (112, "фильмов"),
            (104, "фильма"),
        ] {
            assert_eq!(ru.film_count(count), format!("{count}\u{a0}{noun}"));
        }
        assert_eq!((en.film_count(1), en.film_count(2)), ("1\u{a0}film".into(), "2\u{a0}films".into()));
        assert_eq!((ru.decimal(8.45), en.decimal(9.0)), ("8,4".into(), "9.0".into()));
        assert_eq!(ru.hours_and_minutes(128), "2\u{a0}ч 8\u{a0}мин");
        assert_eq!(
            (en.hours_and_minutes(45), en.hours_and_minutes(120)),
            ("45\u{a0}min".into(), "2\u{a0}h".into())
        );
    }
}
