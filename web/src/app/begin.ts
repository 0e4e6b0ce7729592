/** What must be set before the first element is drawn: language, colours, and how links are followed. */
import { beginLanguage } from "../text/text";
import { catchLinks } from "./go";
import { chosenTheme } from "./theme";

beginLanguage();
document.documentElement.dataset.theme = chosenTheme();
catchLinks();
