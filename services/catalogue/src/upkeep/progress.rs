//! How far a long piece of work is, noted now and then while it is done.

use std::{convert::Infallible, time::Duration};

use tokio::sync::watch;

/// Does `work`, which tells how far it is as often as it likes; `note` hears the newest of it, no more often than `every`.
/// The work waits for no note: one under way is dropped when the work is done, and what was told last may not be noted.
pub(crate) async fn noting<N: Future<Output = ()>, W: Future>(
    every: Duration,
    note: impl Fn(u64) -> N,
    work: impl FnOnce(Box<dyn FnMut(u64) + Send>) -> W,
) -> W::Output {
    let (told, newest) = watch::channel(0);
    // Nobody hears it when the work is done.
    let work = work(Box::new(move |done| _ = told.send(done)));
    tokio::select! {
        biased;
        output = work => output,
        never = each(newest, every, note) => match never {},
    }
}

/// Notes what is told, for ever.
async fn each<N: Future<Output = ()>>(
    mut newest: watch::Receiver<u64>,
    every: Duration,
    note: impl Fn(u64) -> N,
) -> Infallible {
    while newest.changed().await.is_ok() {
        let done = *newest.borrow_and_update();
        note(done).await;
        tokio::time::sleep(every).await;
    }
    // Nothing more is told: the work is about to be done.
    std::future::pending().await
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    const SELDOM: Duration = Duration::from_hours(1);
    /// A test that is right never takes as long.
    const PATIENCE: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn the_newest_is_noted_and_seldom() {
        let noted = &RefCell::new(Vec::new());
        let note = |done| {
            noted.borrow_mut().push(done);
            std::future::ready(())
        };
        let work = noting(SELDOM, note, |mut tell| async move {
            tell(1);
            tell(2);
            while noted.borrow().is_empty() {
                tokio::task::yield_now().await;
            }
            for done in 3..10 {
                tell(done);
                tokio::task::yield_now().await;
            }
        });
        tokio::time::timeout(PATIENCE, work).await.expect("it is noted");
        assert_eq!(*noted.borrow(), [2]);
    }

    #[tokio::test]
    async fn each_note_is_of_the_newest() {
        let noted = &RefCell::new(Vec::new());
        let note = |done| {
            noted.borrow_mut().push(done);
            std::future::ready(())
        };
        let work = noting(Duration::ZERO, note, |mut tell| async move {
            for (of, done) in [3, 5, 9].into_iter().enumerate() {
                tell(done - 1);
                tell(done);
                while noted.borrow().len() <= of {
                    tokio::task::yield_now().await;
                }
            }
        });
        tokio::time::timeout(PATIENCE, work).await.expect("each is noted");
        assert_eq!(*noted.borrow(), [3, 5, 9]);
    }

    #[tokio::test]
    async fn work_that_is_done_waits_for_no_note() {
        let never_noted = |_| std::future::pending();
        let work = noting(SELDOM, never_noted, |mut tell| async move {
            tell(1);
            tokio::task::yield_now().await;
            tell(2);
            "done"
        });
        assert_eq!(tokio::time::timeout(PATIENCE, work).await, Ok("done"), "one under way");
        let noted_at_once = |_| std::future::ready(());
        let work = noting(SELDOM, noted_at_once, |mut tell| async move {
            tell(1);
            tokio::task::yield_now().await;
            "done"
        });
        assert_eq!(tokio::time::timeout(PATIENCE, work).await, Ok("done"), "the time until the next");
    }

    #[tokio::test]
    async fn work_that_tells_nothing_more_is_waited_for() {
        let work = noting(
            Duration::ZERO,
            |_| std::future::ready(()),
            |tell| async move {
                drop(tell);
                for _ in 0..10 {
                    tokio::task::yield_now().await;
                }
                "done"
            },
        );
        assert_eq!(tokio::time::timeout(PATIENCE, work).await, Ok("done"));
    }
}
