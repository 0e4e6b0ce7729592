import { socketAddress } from "./api.js";
import { now } from "./clock.js";
import { Told, codecName, parted } from "./header.js";

const BEHIND_S = 0.4;
const CLOSE_S = 0.15;
const KEPT_S = 10;

/** The address that this player needs. */
export const needs = "fragments";

export const usable = () => "MediaSource" in window && "requestVideoFrameCallback" in HTMLVideoElement.prototype;

/** The codec string in an MP4 header; "" if there is no header. */
function codecOf(data) {
  for (let at = 0; at + 8 < Math.min(data.length, 1024); at += 1) {
    if (data[at] === 97 && data[at + 1] === 118 && data[at + 2] === 99 && data[at + 3] === 67) return codecName(data, at + 5);
  }
  return "";
}

/** Play a covered stream as fragmented MP4 in a video element, close to the newest picture. */
export function play(screen, addresses, { seen, lost }) {
  const video = document.createElement("video");
  Object.assign(video, { muted: true, autoplay: true, playsInline: true, disablePictureInPicture: true });
  const media = new MediaSource();
  const told = new Told();
  const waiting = [];
  let buffer = null;
  let first = null;
  let last = 0;
  let over = false;
  const url = URL.createObjectURL(media);
  video.src = url;
  const socket = new WebSocket(socketAddress(addresses.fragments));
  socket.binaryType = "arraybuffer";

  socket.onmessage = ({ data: message }) => {
    if (over) return;
    const { redaction, time, data } = parted(message);
    first ??= time;
    last = (time - first) / 1e6;
    told.tell(time - first, redaction);
    waiting.push(data);
    feed();
  };
  media.onsourceopen = feed;

  function feed() {
    if (over || media.readyState !== "open" || !waiting.length || buffer?.updating) return;
    try {
      const codec = codecOf(waiting[0]);
      if (!buffer) {
        buffer = media.addSourceBuffer(`video/mp4; codecs="${codec}"`);
        buffer.onupdateend = fed;
      } else if (codec) buffer.changeType(`video/mp4; codecs="${codec}"`);
      buffer.appendBuffer(waiting.shift());
    } catch (error) {
      end(error.message);
    }
  }

  /** Stay close to the newest picture, and remove what has been shown. */
  function fed() {
    const behind = last - video.currentTime;
    if (behind > BEHIND_S) video.currentTime = last;
    video.playbackRate = behind < 0 ? 0.9 : behind > CLOSE_S ? 1.1 : 1;
    if (video.paused) video.play().catch(() => {});
    const ranges = buffer.buffered;
    if (ranges.length && last - ranges.start(0) > 2 * KEPT_S) return buffer.remove(0, last - KEPT_S);
    feed();
  }

  function shown(_at, { mediaTime }) {
    if (over) return;
    video.requestVideoFrameCallback(shown);
    if (!video.isConnected) screen.prepend(video);
    const since = mediaTime * 1e6;
    seen({ delay: now() - (first + since) / 1000, redaction: told.of(since) });
  }
  video.requestVideoFrameCallback(shown);
  video.onerror = () => end(video.error?.message || "the stream cannot be played");
  socket.onclose = () => end("the gateway closed the stream");

  function end(reason) {
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
