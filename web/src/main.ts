import "./style/main.css";
import "./app/begin";
import "./app/shell";
