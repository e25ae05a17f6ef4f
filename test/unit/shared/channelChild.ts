import { startWorker } from "./channelContracts";

/** The answering end in a process of its own. */
startWorker({
  post: (message) => process.send!(message),
  listen(listener) {
    process.on("message", listener);
    return () => process.off("message", listener);
  },
});
process.on("disconnect", () => process.exit(0));
