/// Linux system calls, namespaces, netlink and mounts through the foreign function interface.
@NullMarked
package io.fairlead.linux;

import org.jspecify.annotations.NullMarked;
