//! A small organization against exports of other services, whole and damaged.

use serde_json::json;

use super::*;
use crate::migrate::directory::Directory;

mod exports;

fn directory() -> Directory {
    let one = |kind: &str, name: &str, aliases: &[&str], members: &[(&str, &str)]| {
        let members: Vec<_> = members
            .iter()
            .map(|(kind, name)| json!({ "kind": kind, "name": name }))
            .collect();
        json!({
            "kind": kind, "name": name, "id": name, "registered": true,
            "email": format!("{name}@example.com"), "aliases": aliases, "fields": {}, "members": members,
        })
    };
    let mut gone = one("user", "gone", &[], &[]);
    gone["registered"] = json!(false);
    let value = json!({
        "directoryVersion": 1, "organizationId": "m-1", "alias": "acme", "region": "eu-west-1",
        "takenAt": "2026-11-24T12:00:00Z", "settings": [], "unread": [],
        "domains": [{ "name": "acme.awsapps.com", "isTestDomain": true, "isDefault": false, "records": [] }],
        "recipients": [
            one("user", "ana", &["info@example.com", "ana@acme.awsapps.com"], &[]),
            one("user", "bob", &[], &[]),
            gone,
            one("group", "inner", &[], &[("user", "bob"), ("group", "staff")]),
            one("group", "staff", &[], &[("user", "ana"), ("group", "inner"), ("user", "gone")]),
            one("resource", "room", &[], &[]),
        ],
    });
    serde_json::from_value(value).expect("a directory")
}

fn export(name: &str, text: &str) -> Export {
    Export {
        name: name.to_owned(),
        bytes: text.as_bytes().to_vec(),
    }
}

const RECIPIENTS: &str = "\
\"PrimarySmtpAddress\",\"RecipientTypeDetails\",\"EmailAddresses\"
\"ana@example.com\",\"UserMailbox\",\"SMTP:ana@example.com smtp:INFO@example.com SIP:ana@example.com\"
\"bob@acme.onmicrosoft.com\",\"UserMailbox\",\"smtp:bob@example.com SMTP:bob@acme.onmicrosoft.com\"
\"inner@example.com\",\"MailUniversalDistributionGroup\",\"SMTP:inner@example.com\"
\"staff@example.com\",\"MailUniversalDistributionGroup\",\"SMTP:staff@example.com\"
\"room@example.com\",\"RoomMailbox\",\"SMTP:room@example.com\"
";
const MEMBERS: &str = "Group,Member\ninner@example.com,bob@example.com\ninner@example.com,staff@example.com\nstaff@example.com,ana@example.com\nstaff@example.com,inner@example.com\n";

fn compared(recipients: &str, members: &str) -> Comparison {
    let exports = [
        export("recipients.csv", recipients),
        export("members.csv", members),
    ];
    let foreign = read(&exports).expect("exports");
    compare(&directory(), &foreign, &AddressMap::default())
}

#[test]
fn what_is_whole_differs_in_nothing() {
    let found = compared(RECIPIENTS, MEMBERS);
    assert_eq!(found.differences, []);
    assert_eq!((found.checked, found.same), (6, 6));
    assert_eq!(found.ending, ["ana@acme.awsapps.com"]);
    assert_eq!(found.elsewhere, 1);
    let renamed = [("bob@example.com", "bob@acme.onmicrosoft.com")];
    let told = found
        .renamed
        .iter()
        .map(|one| (&*one.address, &*one.answers_as));
    assert_eq!(told.collect::<Vec<_>>(), renamed);
}

#[test]
fn damage_is_named_and_nothing_else() {
    let what = |found: &Comparison| {
        let all = found.differences.iter();
        let told = all.map(|one| {
            (
                one.address.clone(),
                one.what,
                one.not_reached.clone(),
                one.reached_besides.clone(),
            )
        });
        told.collect::<Vec<_>>()
    };
    let named = |texts: &[&str]| {
        texts
            .iter()
            .map(|text| (*text).to_owned())
            .collect::<Vec<_>>()
    };
    let lost = compared(&RECIPIENTS.replace(" smtp:INFO@example.com", ""), MEMBERS);
    assert_eq!(
        what(&lost),
        [("info@example.com".to_owned(), What::Missing, vec![], vec![])]
    );
    let handed = RECIPIENTS
        .replace(" smtp:INFO@example.com", "")
        .replace("SMTP:room", "smtp:info@example.com SMTP:room");
    let handed = compared(&handed, MEMBERS);
    assert_eq!(
        what(&handed),
        [(
            "info@example.com".to_owned(),
            What::OtherPeople,
            named(&["user/ana"]),
            named(&["room@example.com"])
        )]
    );
    let members = compared(
        RECIPIENTS,
        &MEMBERS.replace("inner@example.com,bob@example.com\n", ""),
    );
    let both = ["inner@example.com", "staff@example.com"];
    let both = both.map(|group| {
        (
            group.to_owned(),
            What::OtherPeople,
            named(&["user/bob"]),
            vec![],
        )
    });
    assert_eq!(what(&members), both);
    let stranger = compared(
        RECIPIENTS,
        &format!("{MEMBERS}inner@example.com,eve@example.net\n"),
    );
    let both = ["inner@example.com", "staff@example.com"];
    let both = both.map(|group| {
        (
            group.to_owned(),
            What::OtherPeople,
            vec![],
            named(&["eve@example.net"]),
        )
    });
    assert_eq!(what(&stranger), both);
    let no_row = RECIPIENTS.lines().filter(|line| !line.contains("bob@"));
    let no_row = compared(&no_row.collect::<Vec<_>>().join("\n"), MEMBERS);
    let mut lost = vec![("bob@example.com".to_owned(), What::Missing, vec![], vec![])];
    lost.extend(["inner@example.com", "staff@example.com"].map(|group| {
        let group = group.to_owned();
        (group, What::OtherPeople, named(&["user/bob"]), vec![])
    }));
    assert_eq!(what(&no_row), lost);
    let group = RECIPIENTS.replace("RoomMailbox", "MailUniversalDistributionGroup");
    let group = compared(&group, MEMBERS);
    assert_eq!(
        what(&group),
        [(
            "room@example.com".to_owned(),
            What::NoMailbox,
            vec![],
            vec![]
        )]
    );
}

#[test]
fn members_that_are_not_told_are_no_proof() {
    let foreign = read(&[export("recipients.csv", RECIPIENTS)]).expect("an export");
    let found = compare(&directory(), &foreign, &AddressMap::default());
    let told = found
        .differences
        .iter()
        .map(|one| (&*one.address, one.what));
    let groups = ["inner@example.com", "staff@example.com"];
    assert_eq!(
        told.collect::<Vec<_>>(),
        groups.map(|group| (group, What::MembersUntold))
    );
}

#[test]
fn google_and_the_admin_centre_are_read() {
    let users = "primaryEmail,aliases,aliases.0\nana@example.com,1,info@example.com\nbob@example.com,0,\nroom@example.com,0,\n";
    let groups = "email\ninner@example.com\nstaff@example.com\n";
    let members = "group,id,role,status,type,email\ninner@example.com,1,MEMBER,ACTIVE,USER,bob@example.com\ninner@example.com,2,MEMBER,ACTIVE,GROUP,staff@example.com\nstaff@example.com,3,MEMBER,ACTIVE,USER,ana@example.com\nstaff@example.com,4,MEMBER,ACTIVE,GROUP,inner@example.com\n";
    let exports = [
        export("u.csv", users),
        export("g.csv", groups),
        export("m.csv", members),
    ];
    let found = compare(
        &directory(),
        &read(&exports).expect("exports"),
        &AddressMap::default(),
    );
    assert_eq!(found.differences, []);
    let everyone = members.replace("USER,bob@example.com", "CUSTOMER,");
    let exports = [
        export("u.csv", users),
        export("g.csv", groups),
        export("m.csv", &everyone),
    ];
    let found = compare(
        &directory(),
        &read(&exports).expect("exports"),
        &AddressMap::default(),
    );
    assert_eq!(found.differences[0].what, What::MembersUntold);
    let centre = "User principal name;Display name;Proxy addresses\nana@example.com;Ana;SMTP:a+b@example.com+smtp:info@example.com\n";
    let foreign = read(&[export("users.csv", centre)]).expect("an export");
    let holders: Vec<String> = foreign.holders.keys().map(ToString::to_string).collect();
    assert_eq!(holders, ["a+b@example.com", "info@example.com"]);
}

#[test]
fn bad_files_are_told_with_their_place() {
    let wrong = |text: &str| {
        read(&[export("x.csv", text)])
            .expect_err("it is wrong")
            .join("\n")
    };
    assert!(
        wrong("Name,Phone\na,b\n")
            .starts_with("x.csv: its columns (Name, Phone) are those of no export")
    );
    assert_eq!(
        wrong("primaryEmail\na@b.c\nA@b.c\n"),
        "x.csv:3: A@b.c stands twice, in x.csv:2 too"
    );
    let two = "PrimarySmtpAddress,EmailAddresses\na@b.c,smtp:i@b.c\nd@b.c,smtp:i@b.c\n";
    assert_eq!(
        wrong(two),
        "x.csv:3: i@b.c is of d@b.c and of a@b.c (x.csv:2)"
    );
    let of_type = "PrimarySmtpAddress,EmailAddresses\na@b.c,System.Object[]\n";
    assert!(
        wrong(of_type).contains("has the name of a type"),
        "{}",
        wrong(of_type)
    );
    assert_eq!(
        wrong("primaryEmail\nnobody\n"),
        "x.csv:2: `nobody` in the column primaryemail is no address"
    );
    assert_eq!(
        wrong("group,member\ns@b.c,a@b.c\n"),
        "s@b.c has members, and no file tells of it"
    );
    assert!(wrong("{\"directoryVersion\": 9}").contains("its directoryVersion is 9"));
    assert_eq!(
        wrong("email,Email\na,b\n"),
        "x.csv: the column Email stands there twice"
    );
}

#[test]
fn a_map_renames_and_gives_up() {
    let map = AddressMap::parse(
        "map.csv",
        b"old,new\n@example.com,@example.org\ninfo@example.com,\n",
    );
    let map = map.expect("a map");
    let recipients = RECIPIENTS.replace("@example.com", "@example.org");
    let members = MEMBERS.replace("@example.com", "@example.org");
    let exports = [export("r.csv", &recipients), export("m.csv", &members)];
    let found = compare(&directory(), &read(&exports).expect("exports"), &map);
    assert_eq!(found.differences, []);
    assert_eq!(found.given_up, ["info@example.com"]);
    let wrong =
        AddressMap::parse("map.csv", b"old,new\n@a.com,b.com\na@b.com,x\n").expect_err("wrong");
    assert_eq!(wrong.len(), 2, "{wrong:?}");
    assert!(AddressMap::parse("map.csv", b"from,to\n").is_err());
}

/// Two people who share one mailbox there are not both reached, unless somebody decided so.
#[test]
fn two_people_in_one_mailbox_are_told() {
    let rows = RECIPIENTS.lines().filter(|line| !line.contains("bob@"));
    let rows = rows.collect::<Vec<_>>().join("\n");
    let merged = rows.replace(
        "SMTP:ana@example.com ",
        "SMTP:ana@example.com smtp:bob@example.com ",
    );
    let found = compared(&merged, MEMBERS);
    let told = found.differences.iter();
    let told: Vec<_> = told
        .map(|one| (&*one.address, one.what, one.not_reached.as_slice()))
        .collect();
    let bob = ["user/bob".to_owned()];
    let wanted = ["bob@example.com", "inner@example.com", "staff@example.com"];
    assert_eq!(told, wanted.map(|one| (one, What::OtherPeople, &bob[..])));
    assert_eq!(found.differences[0].reached_besides, ["ana@example.com"]);
    let exports = [
        export("recipients.csv", &merged),
        export("members.csv", MEMBERS),
    ];
    let decided = AddressMap::parse("map.csv", b"old,new\nbob@example.com,ana@example.com\n");
    let found = compare(
        &directory(),
        &read(&exports).expect("exports"),
        &decided.expect("a map"),
    );
    assert_eq!(found.differences, []);
}

#[test]
fn who_gets_no_mail_there_is_not_reached() {
    let users = "primaryEmail,suspended,aliases.0\nana@example.com,False,info@example.com\nbob@example.com,True,\nroom@example.com,False,\n";
    let groups = "email\ninner@example.com\nstaff@example.com\n";
    let members = MEMBERS;
    let exports = [
        export("u.csv", users),
        export("g.csv", groups),
        export("m.csv", members),
    ];
    let found = compare(
        &directory(),
        &read(&exports).expect("exports"),
        &AddressMap::default(),
    );
    let told = found.differences.iter();
    let told: Vec<_> = told.map(|one| (&*one.address, one.what)).collect();
    let wanted = [
        ("bob@example.com", What::Suspended),
        ("inner@example.com", What::OtherPeople),
        ("staff@example.com", What::OtherPeople),
    ];
    assert_eq!(told, wanted);
    assert_eq!(found.differences[1].not_reached, ["user/bob"]);
    let contact = RECIPIENTS.replace("RoomMailbox", "MailContact");
    let found = compared(&contact, MEMBERS);
    assert_eq!(found.differences.len(), 1);
    assert_eq!(found.differences[0].what, What::NoMailbox);
}

#[test]
fn what_we_wrote_does_not_hide_what_the_other_side_tells() {
    let ours = serde_json::to_string(&directory()).expect("plain data");
    let tables = "address,role,kind,name,state,displayName\n";
    let beside = [
        export("directory.json", &ours),
        export("addresses.csv", tables),
        export("members.csv", "group,member,memberKind,memberName\n"),
    ];
    let foreign = read(&beside).expect("one directory in both forms");
    assert_eq!(foreign.notes.len(), 1, "{:?}", foreign.notes);
    let both = [
        export("directory.json", &ours),
        export("recipients.csv", RECIPIENTS),
    ];
    assert_eq!(
        read(&both).expect_err("which of both?"),
        [
            "directory.json claims to be everything, and recipients.csv beside it is of another service: name one of both"
        ]
    );
}
