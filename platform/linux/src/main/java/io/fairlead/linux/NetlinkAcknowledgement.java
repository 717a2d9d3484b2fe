package io.fairlead.linux;

import java.io.Serializable;

/// The kernel's answer to one request (`NLMSG_ERROR`): success or a reason, with its explanation
/// where it gave one.
///
/// @param sequence the sequence number of the request this answers
/// @param errno code 0 for success
/// @param text the kernel's own words (`NLMSGERR_ATTR_MSG`); empty when it gave none
/// @param attributeOffset where the offending attribute starts in the request; -1 when unknown
public record NetlinkAcknowledgement(int sequence, Errno errno, String text, int attributeOffset)
        implements Serializable {
    public boolean isSuccess() {
        return errno.code() == 0;
    }
}
