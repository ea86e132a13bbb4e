//! How long things took, counted in buckets: its size does not depend on how many there were.

use crate::reporter::load::Times;

/// The bits of a number behind those that tell its bucket: 64 buckets from each power of two to the next.
const REST: u32 = f64::MANTISSA_DIGITS - 1 - 6;
/// Enough for a day in microseconds.
const BUCKETS: usize = 64 * 37;

/// Counts of durations.
#[derive(Clone, Debug)]
pub(super) struct Histogram {
    counts: Vec<u64>,
    pub(super) count: u64,
    pub(super) max: f64,
}

impl Default for Histogram {
    fn default() -> Histogram {
        Histogram { counts: vec![0; BUCKETS], count: 0, max: 0.0 }
    }
}

impl Histogram {
    /// Counts a duration in milliseconds.
    pub(super) fn add(&mut self, millis: f64) {
        // what is no number is taken for the least
        let micros = (millis * 1000.0).max(1.0);
        let bucket = (micros.to_bits() - 1_f64.to_bits()) >> REST;
        self.counts[usize::try_from(bucket).unwrap_or(usize::MAX).min(BUCKETS - 1)] += 1;
        self.count += 1;
        self.max = self.max.max(millis);
    }

    pub(super) fn merge(&mut self, other: &Histogram) {
        self.counts.iter_mut().zip(&other.counts).for_each(|(mine, theirs)| *mine += theirs);
        self.count += other.count;
        self.max = self.max.max(other.max);
    }

    /// The shares that people ask for.
    pub(super) fn times(&self) -> Times {
        let [p50, p90, p99] = [0.5, 0.9, 0.99].map(|share| self.percentile(share));
        Times { p50, p90, p99, max: self.max }
    }

    /// The duration in milliseconds that this share (0 to 1) of all did not exceed, to a percent.
    pub(super) fn percentile(&self, share: f64) -> f64 {
        let rank = ((self.count as f64 * share).ceil() as u64).max(1);
        let mut seen = 0;
        for (bucket, count) in (0_u64..).zip(&self.counts) {
            seen += count;
            if seen >= rank {
                let [begin, end] =
                    [bucket, bucket + 1].map(|bucket| f64::from_bits(1_f64.to_bits() + (bucket << REST)));
                return (f64::midpoint(begin, end) / 1000.0).min(self.max);
            }
        }
        self.max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_right_to_a_percent() {
        let mut histogram = Histogram::default();
        let mut other = Histogram::default();
        for number in 1..=10_000_u32 {
            let half = if number % 2 == 0 { &mut histogram } else { &mut other };
            half.add(f64::from(number) / 10.0);
        }
        histogram.merge(&other);
        for (share, exact) in [(0.5, 500.0), (0.9, 900.0), (0.99, 990.0), (1.0, 1000.0)] {
            let found = histogram.percentile(share);
            assert!((found / exact - 1.0).abs() < 0.01, "{share}: {found}");
        }
        assert_eq!((histogram.count, histogram.max), (10_000, 1000.0));
        histogram.add(f64::NAN);
        histogram.add(1e300);
        assert_eq!(Histogram::default().percentile(0.5), 0.0);
    }
}
