//! Who a viewer is and what they may do: accounts, sessions, tokens, roles
