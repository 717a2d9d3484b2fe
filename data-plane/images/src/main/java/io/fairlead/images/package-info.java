/// Container images: pulled from registries or loaded from archives, checked, unpacked, found again.
///
/// In: image references, registries that speak the OCI distribution protocol, archives of Docker and of OCI layouts. Out: [LocalImage], directories that overlayfs can stack
/// and what to run in them. [ImageSource] is what the node needs; [ImageStore] is it.
///
/// Laws: every byte is checked against the digest that asked for it while it passes ([VerifiedStream]), compressed and uncompressed. A layer is unpacked once, beside, and moved in
/// place when it is on disk ([LayerStore]). Archives are not trusted ([LayerUnpacker]). An image's name is written last.
///
/// The folder: `layers/sha256/…` directories, `configurations/sha256/…`, `names/…`, and `unpacking/` for what is under way.
///
/// Start at [ImageStore#pull]; [ExampleImage] makes an image without any registry.
@NullMarked
package io.fairlead.images;

import org.jspecify.annotations.NullMarked;
