//! Where randomness comes from: the system, or a sequence that a test has chosen.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::{Mutex, PoisonError};

/// Gives fractions by chance.
pub trait Chance: Send + Sync {
    /// The next one, at least 0 and below 1.
    fn fraction(&self) -> f64;
}

/// Chance as the system has it: good enough to keep clients from all trying again at once, and for nothing secret.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemChance;

impl Chance for SystemChance {
    fn fraction(&self) -> f64 {
        of_bits(RandomState::new().build_hasher().finish())
    }
}

/// Chance that comes out the same each time.
///
/// ```
/// use arras::chance::{Chance, SeededChance};
///
/// let (one, same) = (SeededChance::new(7), SeededChance::new(7));
/// assert_eq!(one.fraction(), same.fraction());
/// assert_ne!(one.fraction(), 0.0);
/// ```
#[derive(Debug)]
pub struct SeededChance(Mutex<u64>);

impl SeededChance {
    /// The sequence of that seed.
    pub fn new(seed: u64) -> SeededChance {
        SeededChance(Mutex::new(seed))
    }
}

impl Chance for SeededChance {
    /// The next of the sequence, by SplitMix64.
    fn fraction(&self) -> f64 {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        of_bits(mixed ^ (mixed >> 31))
    }
}

/// The fraction that the upper bits make: as many as a float holds.
fn of_bits(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_spread_and_below_one() {
        for chance in [&SystemChance as &dyn Chance, &SeededChance::new(1)] {
            let all: Vec<f64> = (0..1_000).map(|_| chance.fraction()).collect();
            assert!(all.iter().all(|fraction| (0.0..1.0).contains(fraction)));
            for quarter in 0..4 {
                let low = f64::from(quarter) / 4.0;
                let within = all.iter().filter(|fraction| (low..low + 0.25).contains(*fraction)).count();
                assert!((150..350).contains(&within), "{within} of 1,000 from {low} on");
            }
        }
    }
}
