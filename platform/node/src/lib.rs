//! What a service hands to the process that runs it, and the life of that process
