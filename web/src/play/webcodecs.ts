import { socketAddress } from "../api/client";
import { now } from "../api/clock";
import { t } from "../text/text";
import { codecOfPacket, parted, Told } from "./header";
import type { Player, Reports } from "./player";

const TOO_MANY = 30;

/** Decode a covered stream onto a canvas as pictures arrive; always draw the newest. */
function play(screen: HTMLElement, address: string, { seen, lost }: Reports): { stop(): void } {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { alpha: false, desynchronized: true });
  const told = new Told();
  let shape = "";
  let over = false;
  let waiting: VideoFrame | null = null;
  const socket = new WebSocket(socketAddress(address));
  socket.binaryType = "arraybuffer";

  const decoder = new VideoDecoder({
    output: (picture) => {
      if (waiting) waiting.close();
      else requestAnimationFrame(draw);
      waiting = picture;
    },
    error: (error) => end(error.message),
  });

  function draw(): void {
    const picture = waiting;
    waiting = null;
    if (!picture || over) {
      picture?.close();
      return;
    }
    if (canvas.width !== picture.displayWidth) canvas.width = picture.displayWidth;
    if (canvas.height !== picture.displayHeight) canvas.height = picture.displayHeight;
    context?.drawImage(picture, 0, 0);
    const time = picture.timestamp;
    picture.close();
    if (!canvas.isConnected) screen.prepend(canvas);
    seen({ delay: now() - time / 1000, redaction: told.of(time) });
  }

  socket.onmessage = ({ data: buffer }: MessageEvent<ArrayBuffer>) => {
    if (over) return;
    const { key, redaction, width, height, time, data } = parted(buffer);
    const codec = key ? codecOfPacket(data) : "";
    const wanted = key ? `${codec} ${width} ${height}` : shape;
    if (wanted !== shape) {
      decoder.configure({ codec, optimizeForLatency: true });
      shape = wanted;
    }
    if (!shape) return;
    if (decoder.decodeQueueSize > TOO_MANY) return end(t("lost.slow"));
    told.add(time, redaction);
    decoder.decode(new EncodedVideoChunk({ type: key ? "key" : "delta", timestamp: time, data }));
  };
  socket.onclose = () => end(t("lost.closed"));

  function end(reason: string): void {
    if (over) return;
    over = true;
    socket.close();
    if (decoder.state !== "closed") decoder.close();
    waiting?.close();
    canvas.remove();
    lost(reason);
  }
  return { stop: () => end("") };
}

export const webcodecs: Player = {
  needs: "packets",
  mayBeSwallowed: false,
  usable: () => window.isSecureContext && "VideoDecoder" in window,
  play,
};
