package io.fairlead.images;

/// Who pulls. Its text form hides the password.
public record RegistryCredentials(String username, String password) {
    /// Nobody in particular; public images need no more.
    public static final RegistryCredentials ANONYMOUS = new RegistryCredentials("", "");

    public boolean isAnonymous() {
        return username.isEmpty() && password.isEmpty();
    }

    @Override
    public String toString() {
        return isAnonymous() ? "anonymous" : username + ":***";
    }
}
