import "./style/main.css";
import { catchLinks } from "./app/go";
import { chosenTheme } from "./app/theme";
import { beginLanguage } from "./text/text";

beginLanguage();
document.documentElement.dataset.theme = chosenTheme();
catchLinks();
await import("./app/shell");
