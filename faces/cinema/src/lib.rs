//! The viewers' site: pages rendered on the server, fed by the public API alone
