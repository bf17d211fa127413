//! The facts of the Message Flow API: members and errors of each operation. It declares no error for
//! members that break a constraint.
//! Source: API reference, the operations of the same names; where its print misleads, the published
//! model.

use super::{Member, Operation, Shape, optional, patterned, required};

static MESSAGE_ID: Shape = patterned(1, 120, r"[a-z0-9\-]*");
static BUCKET: Shape = patterned(3, 63, r"^[a-z0-9][a-z0-9\-]*");
static KEY: Shape = patterned(1, 1024, r"[a-zA-Z0-9\-/]*");
static VERSION: Shape = patterned(1, 1024, ".+");
static S3_REFERENCE_MEMBERS: &[Member] = &[
    required("bucket", &BUCKET),
    required("key", &KEY),
    optional("objectVersion", &VERSION),
];
static S3_REFERENCE: Shape = Shape::Structure(S3_REFERENCE_MEMBERS);
static CONTENT_MEMBERS: &[Member] = &[required("s3Reference", &S3_REFERENCE)];
static CONTENT: Shape = Shape::Structure(CONTENT_MEMBERS);

pub(super) static OPERATIONS: &[Operation] = &[
    Operation {
        name: "GetRawMessageContent",
        input: &[required("messageId", &MESSAGE_ID)],
        errors: &["ResourceNotFoundException"],
    },
    Operation {
        name: "PutRawMessageContent",
        input: &[
            required("messageId", &MESSAGE_ID),
            required("content", &CONTENT),
        ],
        errors: &[
            "InvalidContentLocation",
            "MessageFrozen",
            "MessageRejected",
            "ResourceNotFoundException",
        ],
    },
];
