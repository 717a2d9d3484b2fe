package io.fairlead.cluster;

/// Closes what is being given up, so that one failure does not keep the rest open.
final class Closing {
    private static final System.Logger LOG = System.getLogger(Closing.class.getName());

    private Closing() {}

    static void quietly(AutoCloseable part) {
        try {
            part.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "closing " + part.getClass().getSimpleName() + " failed",
                    e);
        }
    }
}
