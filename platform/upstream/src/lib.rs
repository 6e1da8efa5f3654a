//! One way to reach a service of the platform, wherever it runs
