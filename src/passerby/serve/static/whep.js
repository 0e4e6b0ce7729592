import { Refusal } from "./api.js";

/** The address that this player needs. */
export const needs = "whep";

export const usable = () => "RTCPeerConnection" in window && "requestVideoFrameCallback" in HTMLVideoElement.prototype;

/** A firewall may drop the pictures without an error. */
export const mayBeSwallowed = true;

/** Collect all candidates first: the gateway accepts none later. */
function gathered(connection) {
  return new Promise((resolve) => {
    const look = () => connection.iceGatheringState === "complete" && resolve();
    connection.addEventListener("icegatheringstatechange", look);
    setTimeout(resolve, 1000);
    look();
  });
}

/** Play a covered stream by WebRTC; the camera's status says how it is covered and how old it was when sent. */
export function play(screen, addresses, { seen, lost, status }) {
  const video = document.createElement("video");
  Object.assign(video, { muted: true, autoplay: true, playsInline: true, disablePictureInPicture: true });
  const connection = new RTCPeerConnection();
  let over = false;
  let call = null;

  connection.addTransceiver("video", { direction: "recvonly" });
  connection.ontrack = ({ receiver, track }) => {
    receiver.jitterBufferTarget = 0;
    video.srcObject = new MediaStream([track]);
  };
  connection.onconnectionstatechange = () => {
    if (["failed", "closed", "disconnected"].includes(connection.connectionState)) end("the gateway closed the connection");
  };

  async function ring() {
    await connection.setLocalDescription();
    await gathered(connection);
    if (over) return;
    const headers = { "Content-Type": "application/sdp" };
    const answer = await fetch(addresses.whep, { method: "POST", headers, body: connection.localDescription.sdp });
    const text = await answer.text();
    if (!answer.ok) throw new Refusal(answer.status, "the gateway rejected the connection");
    call = answer.headers.get("Location");
    if (over) return hangUp();
    await connection.setRemoteDescription({ type: "answer", sdp: text });
  }

  function hangUp() {
    if (call) fetch(call, { method: "DELETE" }).catch(() => {});
    call = null;
  }

  function shown(at, { receiveTime = at }) {
    if (over) return;
    video.requestVideoFrameCallback(shown);
    if (!video.isConnected) screen.prepend(video);
    const { lag_ms: lag = NaN, redaction = "none" } = status() ?? {};
    seen({ delay: lag + performance.now() - receiveTime, redaction });
  }
  video.requestVideoFrameCallback(shown);

  function end(reason) {
    if (over) return;
    over = true;
    hangUp();
    connection.close();
    video.srcObject = null;
    video.remove();
    lost(reason);
  }
  ring().catch((error) => end(error.message));
  return { stop: () => end("") };
}
