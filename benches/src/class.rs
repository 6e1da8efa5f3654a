//! How threads stand with the scheduler.

/// Who goes before whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Before everyone: those who stand for people at machines of their own, and only note how long they waited.
    First,
    Usual,
    /// After everyone: those who hash, and those who make the load of a storm, which in life other machines make.
    Idle,
}

impl Class {
    /// Puts the thread that asks into this class, where the system has it and lets us.
    pub(crate) fn enter(self) -> Result<(), String> {
        #[cfg(not(target_os = "linux"))]
        if self == Self::First {
            return Err("this system has no such class".to_owned());
        }
        #[cfg(target_os = "linux")]
        {
            use thread_priority::{
                NormalThreadSchedulePolicy, RealtimeThreadSchedulePolicy, ThreadPriority,
                ThreadSchedulePolicy, set_thread_priority_and_policy, thread_native_id,
            };
            let (priority, policy) = match self {
                Self::First => {
                    (ThreadPriority::Min, ThreadSchedulePolicy::Realtime(RealtimeThreadSchedulePolicy::Fifo))
                }
                Self::Usual => return Ok(()),
                Self::Idle => {
                    (ThreadPriority::Min, ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle))
                }
            };
            set_thread_priority_and_policy(thread_native_id(), priority, policy)
                .map_err(|error| format!("the class {self:?} was refused: {error:?}"))?;
        }
        Ok(())
    }
}
