//! The performance of the platform, measured as ratios within one run
