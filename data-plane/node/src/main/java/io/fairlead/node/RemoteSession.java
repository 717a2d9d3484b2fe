package io.fairlead.node;

/// What a client's streams lead to. Called on an event loop, one call at a time; must not wait.
interface RemoteSession {
    /// All streams are there.
    ///
    /// @param channel the way back
    void onOpen(RemoteChannel channel);

    void onInput(byte[] bytes);

    /// The client will send no more input.
    void onInputEnd();

    void onResize(int columns, int rows);

    /// The connection is gone.
    void onClose();
}
