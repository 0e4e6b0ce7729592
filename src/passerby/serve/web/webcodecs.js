import { socketAddress } from "./api.js";
import { now } from "./clock.js";

const REDACTION = ["none", "active", "whole"];
const HEADER = 14;
const TOO_MANY = 30;

export const usable = () => window.isSecureContext && "VideoDecoder" in window;

/** The codec string that the parameter set of a key picture asks for. */
function codecOf(data) {
  for (let at = 0; at + 7 < data.length; at += 1) {
    if (data[at] === 0 && data[at + 1] === 0 && data[at + 2] === 1 && (data[at + 3] & 31) === 7) {
      const hex = (byte) => byte.toString(16).padStart(2, "0");
      return `avc1.${hex(data[at + 4])}${hex(data[at + 5])}${hex(data[at + 6])}`;
    }
  }
  return "";
}

/** Decode a covered stream onto a canvas: pictures as they come, the newest one drawn. */
export function play(screen, addresses, { seen, lost }) {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { alpha: false, desynchronized: true });
  const told = new Map();
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
    const redaction = told.get(time) ?? "none";
    for (const key of told.keys()) if (key <= time) told.delete(key);
    seen({ time: time / 1000, delay: now() - time / 1000, redaction, width: canvas.width, height: canvas.height });
  }

  socket.onmessage = ({ data }) => {
    if (over) return;
    const view = new DataView(data);
    const key = view.getUint8(0) === 1;
    const time = Number(view.getBigInt64(6));
    const packet = new Uint8Array(data, HEADER);
    if (key) {
      const codec = codecOf(packet);
      const wanted = `${codec} ${view.getUint16(2)} ${view.getUint16(4)}`;
      if (wanted !== shape) {
        decoder.configure({ codec, optimizeForLatency: true });
        shape = wanted;
      }
    }
    if (!shape) return;
    if (decoder.decodeQueueSize > TOO_MANY) return end("this browser cannot keep up");
    told.set(time, REDACTION[view.getUint8(1)] ?? "none");
    decoder.decode(new EncodedVideoChunk({ type: key ? "key" : "delta", timestamp: time, data: packet }));
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
  return () => end("");
}
