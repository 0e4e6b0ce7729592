import { socketAddress } from "./api.js";
import { now } from "./clock.js";
import { Told, codecName, parted } from "./header.js";

const TOO_MANY = 30;

/** The address that this player needs. */
export const needs = "packets";

export const usable = () => window.isSecureContext && "VideoDecoder" in window;

/** The codec string from the parameter set of a keyframe. */
function codecOf(data) {
  for (let at = 0; at + 7 < data.length; at += 1) {
    if (data[at] === 0 && data[at + 1] === 0 && data[at + 2] === 1 && (data[at + 3] & 31) === 7) return codecName(data, at + 4);
  }
  return "";
}

/** Decode a covered stream onto a canvas as pictures arrive; always draw the newest. */
export function play(screen, addresses, { seen, lost }) {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { alpha: false, desynchronized: true });
  const told = new Told();
  let shape = "";
  let over = false;
  let waiting = null;
  const socket = new WebSocket(socketAddress(addresses.packets));
  socket.binaryType = "arraybuffer";

  const decoder = new VideoDecoder({
    output: (picture) => {
      if (waiting) waiting.close();
      else requestAnimationFrame(draw);
      waiting = picture;
    },
    error: (error) => end(error.message),
  });

  function draw() {
    const picture = waiting;
    waiting = null;
    if (!picture || over) return picture?.close();
    if (canvas.width !== picture.displayWidth) canvas.width = picture.displayWidth;
    if (canvas.height !== picture.displayHeight) canvas.height = picture.displayHeight;
    context.drawImage(picture, 0, 0);
    const time = picture.timestamp;
    picture.close();
    if (!canvas.isConnected) screen.prepend(canvas);
    seen({ delay: now() - time / 1000, redaction: told.of(time) });
  }

  socket.onmessage = ({ data: buffer }) => {
    if (over) return;
    const { key, redaction, width, height, time, data } = parted(buffer);
    const wanted = key ? `${codecOf(data)} ${width} ${height}` : shape;
    if (wanted !== shape) {
      decoder.configure({ codec: codecOf(data), optimizeForLatency: true });
      shape = wanted;
    }
    if (!shape) return;
    if (decoder.decodeQueueSize > TOO_MANY) return end("this browser cannot keep up");
    told.tell(time, redaction);
    decoder.decode(new EncodedVideoChunk({ type: key ? "key" : "delta", timestamp: time, data }));
  };
  socket.onclose = () => end("the gateway closed the stream");

  function end(reason) {
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
