//! The texts of the account's own pages.

use chrono::{DateTime, Utc};
use kino_domain::Language;

use super::Texts;

texts! {
    AccountTexts;

    // A forgotten password
    forgot_password: "Забыли пароль?", "Forgot your password?";
    forgot_heading: "Новый пароль", "A new password";
    forgot_text: "Напишите почту своего аккаунта: мы отправим письмо со ссылкой, по которой можно задать новый пароль.",
        "Type the e-mail address of your account: we send a letter with a link to choose a new password.";
    send_letter: "Отправить письмо", "Send the letter";
    remembered: "Вспомнили?", "Remembered it?";
    reset_sent: "Если аккаунт с такой почтой есть, письмо уже в пути. Ссылка в нём работает недолго.",
        "If there is an account with this address, a letter is on its way. The link in it works for a short while.";
    reset_text: "Придумайте новый пароль. На всех устройствах нужно будет войти заново.",
        "Choose a new password. All devices will have to sign in again.";
    new_password: "Новый пароль", "New password";
    set_password: "Сохранить пароль", "Save the password";
    link_old: "Ссылка не работает?", "The link does not work?";
    another_letter: "Отправить ещё одно письмо", "Send another letter";
    password_was_reset: "Пароль изменён. Войдите с новым.", "The password is changed. Sign in with the new one.";

    // Verifying an address
    verify_heading: "Подтверждение почты", "Verify your e-mail";
    verify_text: "Нажмите кнопку, чтобы подтвердить, что этот адрес ваш.", "Press the button to confirm that this address is yours.";
    verify: "Подтвердить", "Confirm";
    email_was_verified: "Почта подтверждена. Спасибо!", "Your e-mail address is verified. Thank you!";
    new_letter_in: "Новое письмо можно отправить из", "A new letter can be sent from";

    // Around the account
    sections: "Разделы аккаунта", "Parts of the account";
    profile: "Профиль", "Profile";
    security: "Безопасность", "Security";
    sign_ins: "История входов", "Sign-ins";
    data: "Данные", "Your data";

    // The profile
    is_verified: "Почта подтверждена.", "The address is verified.";
    is_not_verified: "Почта ещё не подтверждена. Откройте ссылку из письма.",
        "The address is not verified yet. Open the link in the letter.";
    send_again: "Отправить письмо ещё раз", "Send the letter again";
    email_sent: "Письмо отправлено. Проверьте почту.", "The letter is sent. Look into your mail.";
    timezone: "Часовой пояс", "Time zone";
    timezone_hint: "Например, Europe/Moscow. Можно не указывать.", "Such as Europe/Moscow. May be left empty.";
    letters_language: "Язык писем", "Language of letters";
    not_chosen: "Не выбран", "Not chosen";
    current_password: "Текущий пароль", "Current password";
    only_for_email: "Нужен только для смены почты.", "Needed only to change the e-mail address.";
    save: "Сохранить", "Save";
    profile_saved: "Профиль сохранён.", "The profile is saved.";
    roles: "Роли", "Roles";

    // Security
    change_password: "Сменить пароль", "Change the password";
    no_password_hint: "Оставьте пустым, если у аккаунта нет пароля.", "Leave empty if your account has no password.";
    others_will_end: "На остальных устройствах нужно будет войти заново.", "Other devices will have to sign in again.";
    password_changed: "Пароль изменён, остальные сеансы завершены.",
        "The password is changed, and other sessions have ended.";
    devices: "Устройства", "Devices";
    devices_text: "Здесь выполнен вход в ваш аккаунт. Если какое-то устройство не ваше, завершите его сеанс и смените пароль.",
        "Where your account is signed in. If one of these is not yours, end its session and change the password.";
    this_device: "Это устройство", "This device";
    last_seen: "Активность", "Last seen";
    end_session: "Завершить", "End";
    end_others: "Завершить все остальные", "End all others";
    session_ended: "Сеанс завершён.", "The session has ended.";
    others_ended: "Остальные сеансы завершены.", "All other sessions have ended.";
    unknown_device: "Неизвестное устройство", "Unknown device";
    second_step: "Второй шаг входа", "The second step of signing in";
    app: "Приложение для кодов", "Authenticator app";
    app_is_set: "Подключено. При входе мы спрашиваем код.", "Set up. Signing in asks for a code.";
    app_is_not_set: "Не подключено. С ним одного пароля для входа мало.",
        "Not set up. With it a password alone is not enough to sign in.";
    manage: "Настроить", "Manage";
    passkeys_text: "Вход без пароля: по отпечатку, лицу или коду устройства.",
        "Sign in without a password: with a fingerprint, a face or the code of your device.";
    providers: "Вход через другие сервисы", "Signing in with other services";
    no_providers: "Других сервисов для входа нет.", "There are no other services to sign in with.";
    linked_at: "Привязан", "Linked";
    not_linked: "Не привязан", "Not linked";
    link: "Привязать", "Link";
    unlink: "Отвязать", "Unlink";
    unlinked: "Сервис отвязан.", "The service is unlinked.";
    leaving: "Переходим дальше", "On the way";
    leaving_text: "Сейчас откроется страница сервиса. Если этого не случилось, нажмите кнопку.",
        "The page of the service opens in a moment. If it does not, press the button.";
    go_on: "Продолжить", "Go on";

    // The authenticator app
    app_text: "Приложение на телефоне показывает коды из шести цифр. Мы будем спрашивать такой код при входе с паролем.",
        "An app on your phone shows codes of six digits. We will ask for one whenever you sign in with a password.";
    set_up: "Подключить приложение", "Set up an app";
    scan: "Отсканируйте код приложением", "Scan the code with the app";
    scan_text: "Не получается? Введите в приложении этот ключ:", "It does not work? Type this key into the app:";
    open_in_app: "Открыть в приложении на этом телефоне", "Open in the app on this phone";
    qr_code: "QR-код для приложения", "QR code for the app";
    then_code: "Затем введите код, который оно показывает", "Then type the code that it shows";
    code: "Код", "Code";
    confirm_code: "Подтвердить", "Confirm";
    start_over: "Показать новый QR-код", "Show a new QR code";
    type_code: "Введите код из приложения", "Type the code of the app";
    recovery_codes: "Коды восстановления", "Recovery codes";
    keep_codes: "Сохраните их там, где не потеряете. Каждый заменит код приложения один раз. Больше мы их не покажем.",
        "Keep them where you will not lose them. Each replaces a code of the app once. They are not shown again.";
    codes_kept: "Коды сохранены", "I have kept them";
    codes_left: "Неиспользованных кодов восстановления", "Recovery codes left";
    show_owner: "Чтобы изменить настройки, подтвердите, что это вы", "To change this, show that it is you";
    code_instead: "Если пароля у аккаунта нет: код из приложения.", "If your account has no password: a code of the app.";
    new_codes: "Новые коды восстановления", "New recovery codes";
    remove_app: "Отключить приложение", "Remove the app";
    app_removed: "Приложение отключено. При входе кода больше не спросим.",
        "The app is removed. Signing in asks for no code any more.";

    // The history of sign-ins
    history_text: "Входы и неудачные попытки, новые сверху. Время — UTC.",
        "Sign-ins and failed attempts, the newest first. Times are UTC.";
    failed: "Не удалось", "Failed";
    succeeded: "Вход выполнен", "Signed in";
    no_sign_ins: "Записей нет.", "There are no entries.";
    by_password: "пароль", "password";
    by_password_and_code: "пароль и код", "password and code";
    by_recovery_code: "пароль и код восстановления", "password and recovery code";
    by_passkey: "ключ доступа", "passkey";
    by_registration: "регистрация", "registration";

    // Data
    export_heading: "Скачать свои данные", "Download your data";
    export_text: "Файл JSON со всем, что кинотеатр о вас хранит. До пяти раз в сутки.",
        "A JSON file with all that the cinema keeps of you. Up to five times a day.";
    download: "Скачать", "Download";
    close_heading: "Закрыть аккаунт", "Close the account";
    close_text: "Аккаунт и всё, что с ним связано, будут стёрты. Вернуть их нельзя.",
        "The account and all that belongs to it are erased. This cannot be undone.";
    i_am_sure: "Я понимаю, что вернуть аккаунт нельзя", "I understand that this cannot be undone";
    tick_first: "Поставьте эту отметку, чтобы закрыть аккаунт.", "Tick this to close the account.";
    close_account: "Закрыть аккаунт навсегда", "Close the account for good";
    account_closed: "Аккаунт закрыт. Возвращайтесь, если передумаете.", "The account is closed. Come back if you change your mind.";
}

impl AccountTexts {
    /// A moment to the minute, by the clock of UTC.
    pub(crate) fn minute(&self, moment: &DateTime<Utc>) -> String {
        format!("{}, {}\u{a0}UTC", Texts::of(self.language).day(*moment), moment.format("%H:%M"))
    }

    /// How someone signed in, from the API's word for it.
    pub(crate) fn method<'a>(&self, word: &'a str) -> &'a str {
        match word {
            "password" => self.by_password,
            "password+totp" => self.by_password_and_code,
            "password+recovery_code" => self.by_recovery_code,
            "passkey" => self.by_passkey,
            "registration" => self.by_registration,
            _ => word.strip_prefix("social:").unwrap_or(word),
        }
    }
}
