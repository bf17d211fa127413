//! What single exports, and lines of a map, say of somebody.

use super::*;

/// What each is there, by primary address.
fn shapes(files: &[(&str, &str)]) -> Vec<(String, Shape)> {
    let exports: Vec<Export> = files
        .iter()
        .map(|(name, text)| export(name, text))
        .collect();
    let foreign = read(&exports).expect("exports");
    let all = foreign.recipients.iter();
    all.map(|one| (one.primary.to_string(), one.shape))
        .collect()
}

/// The worse counts, whichever file is read first, unless a file that knows better proves a mailbox.
#[test]
fn what_somebody_is_does_not_hang_on_the_names_of_files() {
    let exchange = |kind: &str| {
        format!("PrimarySmtpAddress,RecipientTypeDetails,EmailAddresses\na@b.c,{kind},SMTP:a@b.c\n")
    };
    let centre = |licenses: &str, blocked: &str| {
        format!(
            "User principal name,Licenses,Block credential,Proxy addresses\na@b.c,{licenses},{blocked},SMTP:a@b.c\n"
        )
    };
    let gam = "primaryEmail,suspended\na@b.c,True\n".to_owned();
    let console = "First Name [Required],Email Address [Required]\nAna,a@b.c\n".to_owned();
    let licensed = || centre("Microsoft 365 E3", "False");
    for (one, other, wanted) in [
        (licensed(), exchange("MailUser"), Shape::Contact),
        (licensed(), exchange("UserMailbox"), Shape::Mailbox),
        (console, gam, Shape::Suspended),
        (
            centre("Unlicensed", "True"),
            exchange("SharedMailbox"),
            Shape::Mailbox,
        ),
        (
            centre("Unlicensed", "False"),
            exchange("GuestMailUser"),
            Shape::Contact,
        ),
    ] {
        for files in [
            [("1.csv", &*one), ("2.csv", &*other)],
            [("1.csv", &*other), ("2.csv", &*one)],
        ] {
            assert_eq!(shapes(&files), [("a@b.c".to_owned(), wanted)], "{files:?}");
        }
    }
    for (licenses, blocked, wanted) in [
        ("Microsoft 365 E3", "False", Shape::Mailbox),
        ("unlicensed", "False", Shape::Contact),
        ("", "False", Shape::Contact),
        ("Unlicensed", "true", Shape::Suspended),
        ("Microsoft 365 E3", "True", Shape::Suspended),
    ] {
        let found = shapes(&[("users.csv", &centre(licenses, blocked))]);
        assert_eq!(
            found,
            [("a@b.c".to_owned(), wanted)],
            "{licenses} {blocked}"
        );
    }
}

#[test]
fn words_of_our_own_form_are_known_ones() {
    let header = "address,role,kind,name,state\n";
    let one = |row: &str| {
        shapes(&[(
            "addresses.csv",
            &format!("{header}z@b.c,primary,user,z,registered\n{row}\n"),
        )])
    };
    assert_eq!(
        one("a@b.c,primary,contact,a,registered")[0].1,
        Shape::Contact
    );
    assert_eq!(one("a@b.c,Primary,User,a,Suspended")[0].1, Shape::Suspended);
    assert_eq!(one("a@b.c,primary,Group,a,REGISTERED")[0].1, Shape::Group);
    assert_eq!(one("a@b.c,primary,user,a,Deregistered").len(), 1);
    let wrong = |row: &str| {
        read(&[export("addresses.csv", &format!("{header}{row}\n"))]).expect_err("it is wrong")
    };
    assert_eq!(
        wrong("a@b.c,primary,user,a,disabled"),
        [
            "addresses.csv:2: the state is `disabled`, and neither registered, deregistered nor suspended"
        ]
    );
    assert_eq!(
        wrong("a@b.c,primary,person,a,registered"),
        ["addresses.csv:2: the kind is `person`, and neither user, group, resource nor contact"]
    );
}

#[test]
fn proxies_of_other_protocols_may_have_blanks() {
    let text = "PrimarySmtpAddress,RecipientTypeDetails,EmailAddresses\n\
        a@b.c,UserMailbox,SMTP:a@b.c X500:/o=ExchangeLabs/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=0f-ana smtp:i@b.c EUM:123;phone-context=Plan.b.c smtp:j@b.c\n";
    let foreign = read(&[export("recipients.csv", text)]).expect("an export");
    let holders: Vec<String> = foreign.holders.keys().map(ToString::to_string).collect();
    assert_eq!(holders, ["a@b.c", "i@b.c", "j@b.c"]);
    let torn = "PrimarySmtpAddress,EmailAddresses\na@b.c,SMTP:a@b.c nobody\n";
    let wrong = read(&[export("x.csv", torn)]).expect_err("it is wrong");
    assert_eq!(wrong, ["x.csv:2: `nobody` is no address"]);
}

/// A line of the map says who has to be reached; one that renames is held against the same people.
#[test]
fn an_address_that_leads_to_somebody_else_on_purpose_is_named() {
    let mapped = |recipients: &str, members: &str, lines: &str| {
        let map = AddressMap::parse("map.csv", format!("old,new\n{lines}").as_bytes());
        let exports = [export("r.csv", recipients), export("m.csv", members)];
        compare(
            &directory(),
            &read(&exports).expect("exports"),
            &map.expect("a map"),
        )
    };
    let led = RECIPIENTS
        .replace(" smtp:INFO@example.com", "")
        .replace("SMTP:room", "smtp:info@example.com SMTP:room");
    let found = mapped(&led, MEMBERS, "info@example.com,room@example.com\n");
    assert_eq!(found.differences, []);
    assert_eq!((found.checked, found.same), (6, 6));
    let found = mapped(RECIPIENTS, MEMBERS, "info@example.com,staff@example.com\n");
    assert_eq!(found.differences, []);
    // A group that is a person's there on purpose.
    let found = mapped(RECIPIENTS, MEMBERS, "inner@example.com,room@example.com\n");
    assert_eq!(found.differences, []);
    // Led to nobody, that is still missing.
    let found = mapped(RECIPIENTS, MEMBERS, "info@example.com,nobody@example.com\n");
    assert_eq!(found.differences[0].what, What::Missing);
    // A line that renames is no word about who else has the new name.
    let renamed = led.replace("info@example.com", "post@example.com");
    let found = mapped(&renamed, MEMBERS, "info@example.com,post@example.com\n");
    assert_eq!(found.differences[0].reached_besides, ["room@example.com"]);
    let led = RECIPIENTS
        .lines()
        .filter(|line| !line.starts_with("\"inner"))
        .collect::<Vec<_>>()
        .join("\n")
        .replace("SMTP:room", "smtp:deep@example.com SMTP:room");
    let members = MEMBERS.lines().filter(|line| !line.starts_with("inner"));
    let members = members.collect::<Vec<_>>().join("\n");
    let found = mapped(&led, &members, "inner@example.com,deep@example.com\n");
    assert_eq!(found.differences[0].address, "inner@example.com");
    // A group that is called otherwise is held against its members.
    let renamed = |text: &str| text.replace("inner@example.com", "deep@example.com");
    let lines = "inner@example.com,deep@example.com\n";
    let found = mapped(&renamed(RECIPIENTS), &renamed(MEMBERS), lines);
    assert_eq!(found.differences, []);
    let fewer = renamed(MEMBERS).replace("deep@example.com,bob@example.com\n", "");
    let found = mapped(&renamed(RECIPIENTS), &fewer, lines);
    assert_eq!(found.differences[0].not_reached, ["user/bob"]);
    // Who is called otherwise has a mailbox all the same.
    let contact = RECIPIENTS.replace(
        "room@example.com\",\"RoomMailbox\",\"SMTP:room@",
        "hall@example.com\",\"MailContact\",\"SMTP:hall@",
    );
    let found = mapped(&contact, MEMBERS, "room@example.com,hall@example.com\n");
    assert_eq!(found.differences[0].what, What::NoMailbox);
}

#[test]
fn empty_files_are_noted_and_one_mistake_makes_no_second() {
    for nothing in ["", "\u{feff}", "\u{feff}\r\n"] {
        let exports = [export("r.csv", RECIPIENTS), export("members.csv", nothing)];
        let foreign = read(&exports).expect("exports");
        assert_eq!(foreign.notes, ["members.csv is empty: it tells of nobody"]);
    }
    let errors = |files: &[(&str, &str)]| {
        let exports: Vec<Export> = files
            .iter()
            .map(|(name, text)| export(name, text))
            .collect();
        read(&exports).expect_err("it is wrong")
    };
    let torn = "PrimarySmtpAddress,EmailAddresses\na@b.c\n";
    assert_eq!(
        errors(&[
            ("r.csv", torn),
            ("m.csv", MEMBERS),
            ("a.csv", "alias,target\ni@b.c,a@b.c\n")
        ]),
        ["r.csv: line 2: 1 cells, and the header has 2"]
    );
    let ours = serde_json::to_string(&directory()).expect("plain data");
    let strange = "it is no `directory.json`: its directoryVersion is null";
    for text in ["{\"users\": []}", "[{\"users\": []}]"] {
        let told = errors(&[("x.json", text), ("r.csv", RECIPIENTS), ("m.csv", MEMBERS)]);
        assert_eq!(told, [format!("x.json: {strange}")]);
        let told = errors(&[("directory.json", &ours), ("x.json", text)]);
        assert_eq!(told, [format!("x.json: {strange}")]);
    }
}

#[test]
fn a_list_of_addresses_and_names_is_no_list_of_groups() {
    let wrong = read(&[export("x.csv", "email,name\na@b.c,Ana\n")]).expect_err("it is wrong");
    assert!(
        wrong[0].starts_with("x.csv: its columns (email, name)"),
        "{wrong:?}"
    );
    let whole = "email,id,name,adminCreated,directMembersCount\na@b.c,1,A,True,3\n";
    assert_eq!(shapes(&[("g.csv", whole)])[0].1, Shape::Group);
}

#[test]
fn a_member_who_is_nobody_there_is_not_reached() {
    let mut lines = RECIPIENTS.lines();
    let header = lines.next().expect("a header");
    let groups = lines
        .filter(|line| line.contains("Group"))
        .collect::<Vec<_>>();
    let found = compared(&format!("{header}\n{}\n", groups.join("\n")), MEMBERS);
    let groups = found
        .differences
        .iter()
        .filter(|one| one.of.starts_with("group/"));
    let told: Vec<_> = groups.map(|one| (one.what, &*one.not_reached)).collect();
    let both = ["user/ana".to_owned(), "user/bob".to_owned()];
    assert_eq!(told, [(What::OtherPeople, &both[..]); 2]);
}

#[test]
fn lines_of_nobody_are_told() {
    let text = b"old,new\ninfo@example.com,\nifno@example.com,ana@example.com\n@example.com,@example.org\n@example.net,@example.org\n";
    let map = AddressMap::parse("map.csv", text).expect("a map");
    assert_eq!(
        map.of_nobody(&directory()),
        [
            "the map tells of ifno@example.com, which is nobody's address",
            "the map tells of @example.net, in which nobody has an address",
        ]
    );
}

#[test]
fn what_could_not_be_read_is_no_proof() {
    assert!(compared(RECIPIENTS, MEMBERS).whole);
    let mut part = directory();
    part.unread.push("the aliases of user/ana".to_owned());
    let exports = [export("r.csv", RECIPIENTS), export("m.csv", MEMBERS)];
    let found = compare(
        &part,
        &read(&exports).expect("exports"),
        &AddressMap::default(),
    );
    assert!(found.differences.is_empty() && !found.whole);
}
