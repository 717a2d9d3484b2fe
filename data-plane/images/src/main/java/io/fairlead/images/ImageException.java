package io.fairlead.images;

/// An image could not be had. The message is one sentence for the user, naming the image and the cause.
public final class ImageException extends Exception {
    private static final long serialVersionUID = 1;

    public ImageException(String message) {
        super(message);
    }

    public ImageException(String message, Throwable cause) {
        super(message, cause);
    }
}
