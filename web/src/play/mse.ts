import { socketAddress } from "../api/client";
import { now } from "../api/clock";
import { t } from "../text/text";
import { codecOfMp4, parted, Told } from "./header";
import { type Player, type Reports, silentVideo } from "./player";

const BEHIND_S = 0.4;
const CLOSE_S = 0.15;
const KEPT_S = 10;

/** Play a covered stream as fragmented MP4 in a video element, close to the newest picture. */
function play(screen: HTMLElement, address: string, { seen, lost }: Reports): { stop(): void } {
  const video = silentVideo();
  const media = new MediaSource();
  const told = new Told();
  const waiting: Uint8Array<ArrayBuffer>[] = [];
  let buffer: SourceBuffer | null = null;
  let first: number | null = null;
  let last = 0;
  let over = false;
  const url = URL.createObjectURL(media);
  video.src = url;
  const socket = new WebSocket(socketAddress(address));
  socket.binaryType = "arraybuffer";

  socket.onmessage = ({ data: message }: MessageEvent<ArrayBuffer>) => {
    if (over) return;
    const { redaction, time, data } = parted(message);
    first ??= time;
    last = (time - first) / 1e6;
    told.add(time - first, redaction);
    waiting.push(data);
    feed();
  };
  media.onsourceopen = feed;

  function feed(): void {
    const next = waiting[0];
    if (over || media.readyState !== "open" || !next || buffer?.updating) return;
    try {
      const codec = codecOfMp4(next);
      if (!buffer) {
        buffer = media.addSourceBuffer(`video/mp4; codecs="${codec}"`);
        buffer.onupdateend = fed;
      } else if (codec) buffer.changeType(`video/mp4; codecs="${codec}"`);
      buffer.appendBuffer(next);
      waiting.shift();
    } catch (error) {
      end(String((error as Error).message));
    }
  }

  /** Stay close to the newest picture, and remove what has been shown. */
  function fed(): void {
    if (over || media.readyState !== "open") return; // removed while it took the last piece
    const behind = last - video.currentTime;
    if (behind > BEHIND_S) video.currentTime = last;
    video.playbackRate = behind < 0 ? 0.9 : behind > CLOSE_S ? 1.1 : 1;
    if (video.paused) video.play().catch(() => {});
    const ranges = buffer?.buffered;
    if (ranges?.length && last - ranges.start(0) > 2 * KEPT_S) {
      buffer?.remove(0, last - KEPT_S);
      return;
    }
    feed();
  }

  function shown(_at: number, { mediaTime }: VideoFrameCallbackMetadata): void {
    if (over) return;
    video.requestVideoFrameCallback(shown);
    if (!video.isConnected) screen.prepend(video);
    const since = mediaTime * 1e6;
    seen({ delay: now() - ((first ?? 0) + since) / 1000, redaction: told.of(since) });
  }
  video.requestVideoFrameCallback(shown);
  video.onerror = () => end(video.error?.message || t("lost.unplayable"));
  socket.onclose = () => end(t("lost.closed"));

  function end(reason: string): void {
    if (over) return;
    over = true;
    socket.close();
    video.removeAttribute("src");
    video.load();
    URL.revokeObjectURL(url);
    video.remove();
    lost(reason);
  }
  return { stop: () => end("") };
}

export const mse: Player = {
  needs: "fragments",
  mayBeSwallowed: false,
  usable: () => "MediaSource" in window && "requestVideoFrameCallback" in HTMLVideoElement.prototype,
  play,
};
