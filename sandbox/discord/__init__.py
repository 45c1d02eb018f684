"""A stand-in for Discord: REST, gateway and CDN on loopback, with Discord's own rules."""
