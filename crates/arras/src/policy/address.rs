//! Which range an address lies in, seen through the forms of IPv6 that carry an IPv4 address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Who can be reached at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// Anyone.
    Public,
    /// A private, shared, reserved or multicast range.
    Private,
    /// This machine, the unspecified address included, since connecting to it means this machine.
    Loopback,
    /// The link alone.
    LinkLocal,
    /// A cloud's metadata or credentials service.
    Metadata,
}

/// Addresses under which clouds serve metadata and credentials to their machines.
const METADATA_V4: [Ipv4Addr; 6] = [
    Ipv4Addr::new(169, 254, 169, 254),
    Ipv4Addr::new(169, 254, 170, 2),
    Ipv4Addr::new(169, 254, 170, 23),
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(168, 63, 129, 16),
    Ipv4Addr::new(192, 0, 0, 192),
];

const METADATA_V6: [Ipv6Addr; 3] = [
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23),
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
];

/// The range that an address lies in.
pub fn range(address: IpAddr) -> Range {
    match address {
        IpAddr::V4(address) => range_v4(address),
        IpAddr::V6(address) => match embedded_v4(address) {
            Some(address) => range_v4(address),
            None => range_v6(address),
        },
    }
}

/// Whether a name is one under which a cloud serves metadata.
pub(super) fn is_metadata_name(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    matches!(name.as_str(), "metadata.google.internal" | "metadata.goog" | "instance-data.ec2.internal")
}

fn range_v4(address: Ipv4Addr) -> Range {
    let [first, second, ..] = address.octets();
    if METADATA_V4.contains(&address) {
        Range::Metadata
    } else if address.is_link_local() {
        Range::LinkLocal
    } else if address.is_loopback() || address.is_unspecified() {
        Range::Loopback
    } else if address.is_private()
        || (first == 100 && (64..128).contains(&second))
        || (first == 198 && (18..20).contains(&second))
        || first == 0
        || first >= 224
    {
        Range::Private
    } else {
        Range::Public
    }
}

fn range_v6(address: Ipv6Addr) -> Range {
    let [first, ..] = address.segments();
    if METADATA_V6.contains(&address) {
        Range::Metadata
    } else if first & 0xffc0 == 0xfe80 {
        Range::LinkLocal
    } else if address.is_loopback() || address.is_unspecified() {
        Range::Loopback
    } else if first & 0xfe00 == 0xfc00 || first & 0xffc0 == 0xfec0 || first & 0xff00 == 0xff00 {
        Range::Private
    } else {
        Range::Public
    }
}

/// The IPv4 address inside a mapped, compatible, NAT64 or 6to4 address.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    if let Some(mapped) = address.to_ipv4_mapped() {
        return Some(mapped);
    }
    let [a, b, c, d, e, f, g, h] = address.segments();
    let [g1, g2] = g.to_be_bytes();
    let [h1, h2] = h.to_be_bytes();
    let last = Ipv4Addr::new(g1, g2, h1, h2);
    match (a, b) {
        (0x64, 0xff9b) => Some(last),
        (0x2002, _) => {
            let [b1, b2] = b.to_be_bytes();
            let [c1, c2] = c.to_be_bytes();
            Some(Ipv4Addr::new(b1, b2, c1, c2))
        }
        (0, 0) if [c, d, e, f] == [0; 4] && g != 0 => Some(last),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_its_range() {
        let table = [
            ("8.8.8.8", Range::Public),
            ("2606:4700::1111", Range::Public),
            ("10.0.0.1", Range::Private),
            ("172.31.0.1", Range::Private),
            ("172.32.0.1", Range::Public),
            ("192.168.1.1", Range::Private),
            ("100.64.0.1", Range::Private),
            ("224.0.0.1", Range::Private),
            ("255.255.255.255", Range::Private),
            ("fd12:3456::1", Range::Private),
            ("127.8.9.1", Range::Loopback),
            ("0.0.0.0", Range::Loopback),
            ("::1", Range::Loopback),
            ("::", Range::Loopback),
            ("::ffff:127.0.0.1", Range::Loopback),
            ("::127.0.0.1", Range::Loopback),
            ("2002:7f00:1::", Range::Loopback),
            ("169.254.7.7", Range::LinkLocal),
            ("fe80::1", Range::LinkLocal),
            ("169.254.169.254", Range::Metadata),
            ("::ffff:169.254.169.254", Range::Metadata),
            ("64:ff9b::169.254.169.254", Range::Metadata),
            ("fd00:ec2::254", Range::Metadata),
        ];
        for (address, expected) in table {
            assert_eq!(range(address.parse().unwrap()), expected, "{address}");
        }
    }
}
